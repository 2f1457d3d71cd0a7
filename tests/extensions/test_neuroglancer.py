"""``subject.neuroglancer``: states, their images and annotations, and their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from aind_session import Session, Subject
from aind_session.extensions.neuroglancer import NeuroglancerExtension, NeuroglancerState
from aind_session.sources import remote_sources
from aind_session.sources.memory import World
from tests.conftest import Serve
from tests.platform import QUIET, Platform
from tests.worlds import asset, empty_world, raw, uuid_of

IMAGES = "SmartSPIM_700001_2024-01-01_00-00-00"
STITCHED = f"{IMAGES}_stitched_2024-01-03_00-00-00"
URL = f"zarr://s3://aind-open-data/{STITCHED}/image_tile_fusing/x.zarr"
BUCKET = "aind-scratch-data"
FOLDER = "aind-session/neuroglancer_states"


def image(source: Any) -> dict[str, Any]:
    return {"type": "image", "source": source}


def state(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"layers": list(layers)}


GOOD = state(
    image(URL),
    image({"url": URL}),
    {"type": "annotation", "name": "A1"},
    {"type": "segmentation", "name": "atlas"},
    {"type": "annotation", "name": "probe B_2"},
)


def world(*names: str) -> World:
    found = empty_world()
    found.assets += [raw(1, IMAGES), asset(2, STITCHED)]
    found.objects[BUCKET] = {f"{FOLDER}/{name}": json.dumps(GOOD).encode() for name in names}
    return found


class TestState:
    @pytest.mark.parametrize("given", [GOOD, json.dumps(GOOD), NeuroglancerState(GOOD)])
    def test_it_is_read_from_what_holds_it(self, given: Any) -> None:
        found = NeuroglancerState(given)
        assert found.content == GOOD
        assert found.image_sources == (URL, URL)
        assert found.annotation_names == ("A1", "probe B_2")
        assert found.session == Session(IMAGES)
        assert repr(found) == f"NeuroglancerState({IMAGES})"

    def test_it_is_read_from_s3(self, serve: Serve) -> None:
        sources = serve(world("a.json"))
        found = NeuroglancerState(f"s3://{BUCKET}/{FOLDER}/a.json", sources=sources)
        assert found.content == GOOD

    def test_no_file_is_a_file_not_found(self, serve: Serve) -> None:
        with pytest.raises(FileNotFoundError):
            NeuroglancerState(f"s3://{BUCKET}/{FOLDER}/b.json", sources=serve(world()))

    @pytest.mark.parametrize("text", ["{not json", '{"a":'])
    def test_text_that_is_no_json_is_a_value_error(self, text: str) -> None:
        with pytest.raises(ValueError, match="Expecting"):
            NeuroglancerState(text)

    def test_a_file_that_holds_no_object_is_a_value_error(self, tmp_path: Any) -> None:
        path = tmp_path / "list.json"
        path.write_text("[1]")
        with pytest.raises(ValueError, match="JSON object"):
            NeuroglancerState(path)

    def test_images_of_no_session_or_of_several_have_none(self) -> None:
        with pytest.raises(ValueError, match="no image source"):
            _ = NeuroglancerState(state(image("zarr://s3://b/x"))).session
        other = image(URL.replace("700001", "700002"))
        with pytest.raises(NotImplementedError, match="700002"):
            _ = NeuroglancerState(state(image(URL), other)).session

    @pytest.mark.parametrize(
        "layers", [None, "x", [None, 1, {}], [{"type": "image"}], [image(None), image([1])]]
    )
    def test_odd_layers_are_passed_over(self, layers: Any) -> None:
        found = NeuroglancerState({"layers": layers})
        assert found.image_sources == ()
        assert found.annotation_names == ()
        assert repr(found) == "NeuroglancerState(['layers'])"

    def test_a_layer_can_have_several_sources(self) -> None:
        layer = {"type": "image", "source": [URL, {"url": URL}, 5, {"url": None}]}
        assert NeuroglancerState({"layers": [layer]}).image_sources == (URL, URL)

    def test_images_have_their_assets(self, serve: Serve) -> None:
        found = NeuroglancerState(GOOD, sources=serve(world())).image_data_assets
        assert [a.id for a in found] == [uuid_of(2)]


class TestOfASubject:
    NAMES = (
        "SmartSPIM_700001_2024-01-01_00-00-00_neuroglancer-state_2024-02-02_00-00-00",
        "SmartSPIM_700001_2024-01-01_00-00-00_neuroglancer-state_2024-03-03_00-00-00",
    )

    def paths(self) -> tuple[str, ...]:
        other = self.NAMES[0].replace("700001", "700002")
        first, second = self.NAMES
        return f"{second}/{second}.json", f"{first}.json", f"{other}.json", f"{first}.txt"

    def test_states_are_found_in_the_directory_and_in_folders_of_their_own(
        self, serve: Serve
    ) -> None:
        neuroglancer = Subject(700001, sources=serve(world(*self.paths()))).neuroglancer
        assert tuple(path.stem for path in neuroglancer.state_json_paths) == self.NAMES
        assert [found.content for found in neuroglancer.states] == [GOOD, GOOD]

    def test_they_are_read_side_by_side(self, stand_in: Callable[..., Platform]) -> None:
        platform = stand_in(world(*self.paths()), quiet=QUIET)
        assert len(Subject(700001, sources=remote_sources()).neuroglancer.states) == 2
        assert (platform.count(), platform.steps()) == (4, 3)

    def test_there_may_be_none(self, serve: Serve) -> None:
        neuroglancer = Subject(700001, sources=serve(world())).neuroglancer
        assert neuroglancer.states == neuroglancer.state_json_paths == ()
        assert neuroglancer.state_json_data_assets == ()

    def test_their_assets_are_those_whose_names_say_so(self, serve: Serve) -> None:
        found = world()
        found.assets += [asset(7, self.NAMES[1]), asset(8, self.NAMES[0])]
        neuroglancer = Subject(700001, sources=serve(found)).neuroglancer
        assert [a.id for a in neuroglancer.state_json_data_assets] == [uuid_of(8), uuid_of(7)]

    def test_the_directory_is_known_to_the_class_and_may_be_another_one(self, serve: Serve) -> None:
        found = world()
        found.objects["aind-open-data"][f"x/{self.NAMES[0]}.json"] = json.dumps(GOOD).encode()
        assert NeuroglancerExtension.state_json_dir.as_posix() == f"s3://{BUCKET}/{FOLDER}"
        sources = serve(found)
        neuroglancer = Subject(700001, sources=sources).neuroglancer
        neuroglancer.state_json_dir = sources.storage.path("aind-open-data", "x")
        assert [path.stem for path in neuroglancer.state_json_paths] == [self.NAMES[0]]
