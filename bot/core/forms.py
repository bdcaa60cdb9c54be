"""Forms, generated from the definition of a command; and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from bot.core.chat import Choice, FieldKind, Form, FormField
from bot.core.commands import Command, Kind, Param
from bot.core.errors import Refused
from bot.core.parse import complete
from bot.core.text import Msg, Seq, t, tn
from bot.core.values import Surroundings, check_crowd, value_of
from bot.core.words import clean

_KINDS = {
    Kind.REST: FieldKind.LINE,
    Kind.LINE: FieldKind.LINE,
    Kind.LONG: FieldKind.LONG,
    Kind.PERSON: FieldKind.PERSON,
    Kind.PEOPLE: FieldKind.PEOPLE,
    Kind.WHEN: FieldKind.WHEN,
    Kind.CHOICE: FieldKind.SELECT,
    Kind.NUMBER: FieldKind.NUMBER,
    Kind.FLAG: FieldKind.FLAG,
    Kind.KEY: FieldKind.LINE,
    Kind.SOURCE: FieldKind.LINE,
    Kind.ANSWERS: FieldKind.LINE,
}
#: Longer sentences get an input of several lines.
_SHORT = 200

Submission = Mapping[str, str | tuple[str, ...]]


class Users(Protocol):
    """Knows the platform's ids of people, and the time zone of who fills the form in."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which dates are shown."""

    def user_of(self, person: int) -> str:
        """The platform's id of a person."""


class Invalid(Refused):
    """A form cannot be taken as it is: `errors` says why, by parameter."""

    def __init__(self, errors: Mapping[str, Msg]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = dict(errors)


def form_of(cls: type[Command], values: Mapping[str, Any], users: Users) -> Form:
    """The form of a command, filled in with `values`, else with what counts when nothing is said.

    What is given but not shown (a key, mostly) is kept and comes back with the submission.
    """
    shown = [param for param in cls.spec.params if _is_shown(param, values)]
    filled = {
        param.name: _shown_value(param, value, users)
        for param in cls.spec.params
        if (value := values.get(param.name, _default(cls, param))) is not None
    }
    kept = {
        param.name: str(filled[param.name])
        for param in cls.spec.params
        if param not in shown and values.get(param.name) is not None
    }
    inputs = tuple(replace(_input(param), value=filled.get(param.name, "")) for param in shown)
    return Form(cls.spec.path, cls.spec.summary, inputs, cls.spec.submit, kept)


def form_again(
    cls: type[Command], submitted: Submission, kept: Mapping[str, str], errors: Mapping[str, Msg]
) -> Form:
    """The form of a command as it was sent, each error beside its field.

    What is wrong with something that was kept is asked for; what is wrong as a whole is said above.
    """
    shown = [p for p in cls.spec.params if _is_shown(p, kept) or p.name in {*submitted, *errors}]
    sent = {**kept, **submitted}
    inputs = tuple(
        replace(_input(param), value=sent.get(param.name, ""), error=errors.get(param.name))
        for param in shown
    )
    names = {param.name for param in shown}
    left = {name: value for name, value in kept.items() if name not in names}
    above = next((error for name, error in errors.items() if name not in names), None)
    return Form(cls.spec.path, cls.spec.summary, inputs, cls.spec.submit, left, above)


def refilled(form: Form, submitted: Submission, errors: Mapping[str, Msg]) -> Form:
    """A form that a feature drew, as it was sent, each error beside its field.

    What was written into fields that it no longer has stands below, so that nothing is lost.
    """
    inputs = [
        replace(each, value=submitted.get(each.name, each.value), error=errors.get(each.name))
        for each in form.fields
    ]
    names = {each.name for each in inputs}
    left = [value for name, value in submitted.items() if name not in names]
    lost = "\n".join(value for value in left if isinstance(value, str) and value)
    if lost:
        label = t("What you wrote that has no place any more")
        inputs.append(FormField("_left", FieldKind.LONG, label, value=lost))
    above = next((error for name, error in errors.items() if name not in names), form.intro)
    return replace(form, fields=tuple(inputs), intro=above)


def beginning(form: Form, count: int) -> Form:
    """The first `count` parts of a form that is too large, saying which others there are.

    Whole parts, for half a one would come back as if its other half had been emptied.
    """
    left = form.parts[count:]
    if not left:
        return form
    names = Seq(tuple(part[0].section for part in left if part[0].section is not None))
    said = tn(
        "One more part does not fit here. Send this, then ask for the form again. It is: {names}",
        "{n} more parts do not fit here. Send this, then ask for the form again. They are: {names}",
        len(left),
        names=names,
    )
    fields = tuple(field for part in form.parts[:count] for field in part)
    intro = said if form.intro is None else t("{one} {two}", one=form.intro, two=said)
    return replace(form, fields=fields, intro=intro)


def _default(cls: type[Command], param: Param) -> Any:
    """What counts when nothing is said; None where something must be, or nothing does."""
    [found] = [each for each in fields(cls) if each.name == param.name]  # type: ignore[arg-type]  # every command is a dataclass
    return None if found.default is MISSING else found.default


def _is_shown(param: Param, known: Collection[str]) -> bool:
    """A required key is asked for only when it is not known already."""
    if param.kind is Kind.KEY and param.required:
        return param.name not in known
    return param.in_form


def _input(param: Param) -> FormField:
    kind = _KINDS[param.kind]
    if param.kind is Kind.REST and param.max_length > _SHORT:
        kind = FieldKind.LONG
    return FormField(
        param.name,
        kind,
        param.label,
        required=param.required,
        value=() if kind is FieldKind.PEOPLE else "",
        choices=tuple(Choice(str(o.value), o.label, o.words) for o in param.options),
        hint=param.hint,
        max_length=param.max_length,
    )


def _shown_value(param: Param, value: Any, users: Users) -> str | tuple[str, ...]:
    match param.kind:
        case Kind.PEOPLE:
            return tuple(users.user_of(person) for person in value)
        case Kind.PERSON:
            return users.user_of(value)
        case Kind.WHEN if isinstance(value, datetime):
            return value.astimezone(users.zone).strftime("%Y-%m-%d %H:%M")
        case Kind.FLAG:
            return "yes" if value else ""
        case Kind.NUMBER if float(value).is_integer():
            return str(int(value))
        case _:
            return str(value)


def read_form(
    cls: type[Command], submitted: Submission, kept: Mapping[str, str], around: Surroundings
) -> Command:
    """The command that a submitted form asks for; Invalid, with every error, if it cannot be."""
    values: dict[str, Any] = {}
    errors: dict[str, Msg] = {}
    for param in cls.spec.params:
        if param.kind is Kind.ANSWERS:
            values[param.name] = _answers(cls, submitted)
            continue
        given = submitted.get(param.name, kept.get(param.name, ""))
        try:
            value = _submitted_value(param, given, around)
        except Refused as refused:
            errors[param.name] = refused.message
            continue
        if value not in {None, "", ()}:
            values[param.name] = value
    if not errors:
        try:
            return complete(cls, values)
        except Refused as refused:
            errors[refused.field or ""] = refused.message
    raise Invalid(errors)


def _answers(cls: type[Command], submitted: Submission) -> tuple[tuple[str, str], ...]:
    """What stands in the fields that are no parameters."""
    names = {param.name for param in cls.spec.params}
    return tuple(
        (name, clean(value if isinstance(value, str) else "\n".join(value)).strip())
        for name, value in submitted.items()
        if name not in names
    )


def _submitted_value(param: Param, given: str | tuple[str, ...], around: Surroundings) -> Any:
    if param.kind is Kind.PEOPLE:
        users = given.split() if isinstance(given, str) else given
        check_crowd(param, len(users))
        return tuple(dict.fromkeys(around.person(clean(user)) for user in users if user))
    text = clean(given if isinstance(given, str) else next(iter(given), "")).strip()
    if not text:
        return None
    return around.person(text) if param.kind is Kind.PERSON else value_of(param, text, around)
