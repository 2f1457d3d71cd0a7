"""The arguments of each tool, as models that validate them and as schemas for agents."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aind_session.cli.agents.bounded import DEFAULT_TOKENS, LEAST_TOKENS, MOST_TOKENS

Text = Annotated[str, Field(max_length=2_000)]

FieldName = Literal[
    "raw_asset",
    "raw_dir",
    "modalities",
    "latest_sorted",
    "latest_good_sorted",
    "qc",
    "metadata",
    "assets",
]
"""The fields of a session that agents can request."""

DEFAULT_FIELDS: tuple[FieldName, ...] = ("raw_asset", "raw_dir", "modalities", "assets")


class Arguments(BaseModel):
    """Base class of the arguments of all tools."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, coerce_numbers_to_str=True)

    after: Annotated[int, Field(ge=0)] = 0
    max_tokens: Annotated[int, Field(ge=LEAST_TOKENS, le=MOST_TOKENS)] = DEFAULT_TOKENS


class Find(Arguments):
    """Arguments of the tool find."""

    mention: Text
    day: Annotated[Text | None, Field(description="With a subject, YYYY-MM-DD")] = None
    near: Annotated[Text | None, Field(description="With a day, HH:MM")] = None

    @model_validator(mode="after")
    def _near_goes_with_a_day(self) -> Find:
        if self.near is not None and self.day is None:
            raise ValueError("near requires a day")
        return self


class About(Arguments):
    """Arguments of tools about one session or asset."""

    mention: Text


class OfSession(About):
    """Arguments of the tool session."""

    fields: Annotated[list[FieldName], Field(min_length=1)] = list(DEFAULT_FIELDS)


class Search(Arguments):
    """Arguments of the tool search."""

    subject: Text | None = None
    project: Text | None = None
    platform: Text | None = None
    modality: Text | None = None
    name: Annotated[Text | None, Field(description="Part of a name")] = None
    since: Annotated[Text | None, Field(description="YYYY-MM-DD, included")] = None
    until: Annotated[Text | None, Field(description="YYYY-MM-DD, included")] = None
    qc: Literal["pass", "fail", "pending"] | None = None

    @model_validator(mode="after")
    def _has_a_criterion(self) -> Search:
        names = [name for name in Search.model_fields if name not in Arguments.model_fields]
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"pass at least one of {', '.join(names)}")
        return self


class Why(Arguments):
    """Arguments of the tool why."""

    mention: Text | None = None


class Runs(Arguments):
    """Arguments of the tool runs: for a new plan, or the key of a plan that was shown."""

    sessions: Annotated[list[Text] | None, Field(max_length=200)] = None
    target: Annotated[Text | None, Field(description="ID of a capsule or pipeline")] = None
    label: Annotated[Text | None, Field(description="Process label, such as 'sorted'")] = None
    parameters: dict[str, Text] | None = None
    start: Annotated[Text | None, Field(description="Key of a plan that was shown")] = None


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return a compact JSON schema of a model, without titles and null types."""
    whole = model.model_json_schema()
    fields = whole["properties"]
    own = [name for name in fields if name not in Arguments.model_fields]
    properties = {n: _short(fields[n]) for n in own}
    # every tool has these; without their defaults, the list of tools is shorter
    properties |= {n: {"type": fields[n]["type"]} for n in Arguments.model_fields}
    required = {"required": whole["required"]} if "required" in whole else {}
    return {"type": "object", "properties": properties, **required}


_LEFT_OUT = (
    *("title", "anyOf", "maxLength", "minItems", "maxItems", "minimum", "maximum"),
    "additionalProperties",
)


def _short(field: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    whole = {**(options[0] if options else {}), **field}
    short = {
        name: value
        for name, value in whole.items()
        if name not in _LEFT_OUT and not (name == "default" and value is None)
    }
    return {**short, "items": _short(short["items"])} if "items" in short else short
