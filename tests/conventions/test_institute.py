"""URLs of pages, and vocabularies."""

from __future__ import annotations

from aind_session.conventions import institute
from aind_session.conventions.institute import asset_page, console_page, local_zone, record_page


def test_names_and_keys_are_quoted_in_addresses() -> None:
    assert asset_page("a/b c") == "https://codeocean.allenneuraldynamics.org/data-assets/a%2Fb%20c"
    assert console_page("a/b", "/x/y z/") == (
        "https://s3.console.aws.amazon.com/s3/buckets/a%2Fb?prefix=x/y%20z/"
    )
    assert console_page("b", "Xx/X").endswith("/b?prefix=Xx/X/")
    assert record_page("a/b&c") == (
        "https://metadata-portal.allenneuraldynamics.org/view?name=a%2Fb%26c"
    )


def test_buckets_are_preferred_in_this_order() -> None:
    assert institute.KNOWN_BUCKETS == (
        "codeocean-s3datasetsbucket-1u41qdg42ur9",
        "aind-private-data-prod-o5171v",
        "aind-open-data-prod-o5171v",
        "aind-open-data",
        "aibs-behavior-data",
        "aind-ephys-data",
        "aind-ophys-data",
    )
    assert institute.CODE_OCEAN_BUCKET == "codeocean-s3datasetsbucket-1u41qdg42ur9"
    assert institute.TABLES_BUCKET == "allen-data-views"
    assert sorted(institute.PUBLIC_BUCKETS) == [
        "aind-benchmark-data",
        "aind-open-data",
        "allen-data-views",
    ]


def test_capsules_and_pipelines_have_these_ids_and_services_these_addresses() -> None:
    assert institute.SORTING_PIPELINE_ID == "1f8f159a-7670-47a9-baf1-078905fc9c2e"
    assert institute.SORTING_TRIGGER_CAPSULE_ID == "eb5a26e4-a391-4d79-9da5-1ab65b71253f"
    assert institute.IBL_CONVERTER_CAPSULE_ID == "9fe42995-ffff-40ff-9c4c-c8206b8aacb5"
    assert institute.PIPELINE_MONITOR_CAPSULE_ID == "567b5b98-8d41-413b-9375-9ca610ca2fd3"
    assert institute.CODE_OCEAN_ADDRESS == "https://codeocean.allenneuraldynamics.org"
    assert institute.DOCDB_ADDRESS == "https://api.allenneuraldynamics.org"


def test_the_institute_is_in_seattle() -> None:
    assert str(local_zone()) == "America/Los_Angeles"
