"""Processes and captures: their values, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from aind_session.runs.process import Capture, Process, values_of
from tests.runs.played import CAPSULE, PIPELINE


class TestProcess:
    @pytest.mark.parametrize(
        ("more", "error", "message"),
        [
            (
                {"capsule": None},
                ValueError,
                "a process has either a capsule or a pipeline, by its ID, not capsule=None and "
                "pipeline=None",
            ),
            (
                {"pipeline": PIPELINE},
                ValueError,
                "a process has either a capsule or a pipeline, by its ID, not "
                f"capsule={CAPSULE!r} and pipeline={PIPELINE!r}",
            ),
            (
                {"label": " "},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not ' '",
            ),
            (
                {"label": "a b"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not 'a b'",
            ),
            (
                {"label": "a/b"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not 'a/b'",
            ),
            (
                {"label": "2024-01-01_00-00-00"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not '2024-01-01_00-00-00'",
            ),
            (
                {"label": "\u00e9"},
                ValueError,
                "a label is part of a name, such as 'sorted-ks4', not '\u00e9'",
            ),
            ({"inputs": "a"}, TypeError, "inputs is a function of a session, not 'a'"),
            ({"version": "2"}, TypeError, "a version must be a whole number, not '2'"),
            ({"version": 1.5}, TypeError, "a version must be a whole number, not 1.5"),
            (
                {"processes": {"sort": {}}},
                ValueError,
                "only a pipeline has processes with their own parameters, not capsule "
                f"{CAPSULE}: ['sort']",
            ),
            (
                {"via": "monitor"},
                ValueError,
                f"the pipeline monitor starts pipelines, not capsules such as {CAPSULE}",
            ),
            ({"via": "hand"}, ValueError, "via must be 'monitor', not 'hand'"),
            (
                {"parameters": ["ks4"]},
                TypeError,
                "parameters are a mapping of names to values, not ['ks4']",
            ),
            (
                {"parameters": {"n": True}},
                TypeError,
                "the value of parameter 'n' is text or a number, not True: "
                "write it as the capsule reads it",
            ),
            (
                {"parameters": {"n": None}},
                TypeError,
                "the value of parameter 'n' is text or a number, not None: "
                "write it as the capsule reads it",
            ),
        ],
    )
    def test_a_value_that_it_cannot_have_is_refused(
        self, more: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        given = {"label": "sorted", "capsule": CAPSULE, **more}
        with pytest.raises(error) as caught:
            Process(given.pop("label"), **given)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("more", "what"),
        [({"profile": 5}, "a Nextflow profile"), ({"label": 5}, "a label")],
    )
    def test_what_is_no_text_is_refused(self, more: dict[str, Any], what: str) -> None:
        given = {"label": "sorted", "capsule": CAPSULE, **more}
        with pytest.raises(TypeError, match=what):
            Process(given.pop("label"), **given)

    def test_it_is_plain_data_without_its_functions(self) -> None:
        process = Process(
            "sorted", pipeline=PIPELINE, version=2, profile="slurm", ok=lambda *_: True
        )
        assert process.to_dict() == {
            "label": "sorted",
            "capsule": None,
            "pipeline": PIPELINE,
            "version": 2,
            "profile": "slurm",
            "via": None,
            "capture": {
                "name": None,
                "tags": [],
                "share": "viewer",
                "target": None,
                "experiment_type": None,
                "failed": False,
            },
            "judged_by_function": True,
        }
        bare = Process("sorted", capsule=CAPSULE.upper(), capture=None)
        assert bare.to_dict() == {
            "label": "sorted",
            "capsule": CAPSULE,
            "pipeline": None,
            "version": None,
            "profile": None,
            "via": None,
            "capture": None,
            "judged_by_function": False,
        }

    def test_our_requests_are_listed_by_the_target_or_by_the_monitor(self) -> None:
        assert Process("a", capsule=CAPSULE).listed_by == CAPSULE
        assert Process("a", pipeline=PIPELINE).listed_by == PIPELINE
        monitored = Process("a", pipeline=PIPELINE, via="monitor")
        assert monitored.listed_by == "567b5b98-8d41-413b-9375-9ca610ca2fd3"
        assert monitored.target == PIPELINE

    def test_values_are_texts_sorted_by_name(self) -> None:
        assert list(values_of({"b": 1, "a": 0.5, "c": "x"}).items()) == [
            ("a", "0.5"),
            ("b", "1"),
            ("c", "x"),
        ]


class TestCapture:
    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"name": " "}, "a name must not be empty"),
            ({"target": " "}, "a bucket must not be empty"),
            ({"experiment_type": " "}, "an experiment type must not be empty"),
            ({"share": "everyone"}, "share must be 'viewer' or 'discoverable', not 'everyone'"),
            (
                {"name": "{session}/x"},
                "the name of an asset must not contain '/' or line breaks: '{session}/x'",
            ),
            (
                {"name": "{asset}"},
                "a name may contain only {session}, {label} and {ended}, without a format: "
                "'{asset}' (not {asset})",
            ),
        ],
    )
    def test_a_value_that_it_cannot_have_is_refused(
        self, more: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=r"is not|must be '|must not|may contain") as caught:
            Capture(**more)
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        "name",
        ["{", "{}", "{0}", "{session.id}", "{session[0]}", "{label!r}", "{ended:>999999999}"],
    )
    def test_a_template_that_cannot_be_filled_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="a name may contain"):
            Capture(name)

    def test_braces_may_be_in_a_name(self) -> None:
        assert Capture("{{x}}_{session}").name == "{{x}}_{session}"

    @pytest.mark.parametrize("name", [".", "..", ". .", "x" * 300])
    def test_a_name_that_is_no_folder_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="valid for a folder"):
            Capture(name)

    @pytest.mark.parametrize("target", ["s3://bucket", "a b", "bucket/prefix", "UPPER"])
    def test_a_target_that_is_no_bucket_is_refused(self, target: str) -> None:
        with pytest.raises(ValueError, match="is the name of a bucket"):
            Capture(target=target)

    def test_all_may_be_left_out(self) -> None:
        assert Capture("{session}_{label}_{ended}", tags=("a",), share=None).to_dict() == {
            "name": "{session}_{label}_{ended}",
            "tags": ["a"],
            "share": None,
            "target": None,
            "experiment_type": None,
            "failed": False,
        }
        assert Capture(tags="a").tags == ("a",)  # type: ignore[arg-type]
