/** The inputs of a form: one for each kind of field. */
import { h, iconButton, newId } from "./dom.js";
import { forInput, tr } from "./i18n.js";
import { picker } from "./picker.js";
import { now } from "./store.js";

/**
 * @param {any} field as render.py draws it
 * @param {any} [held] what was typed before, instead of what it starts with
 * @returns {{name: string, node: HTMLElement, read: () => string | string[] | boolean}}
 */
export function fieldNode(field, held) {
  const value = held ?? field.value;
  const made = (KINDS[field.kind] ?? KINDS.line)(field, value);
  return { name: field.name, node: framed(field, made), read: made.read };
}

/** A label above, hint and error below, all of it known to screen readers. */
function framed(field, { control, input, isGroup }) {
  input.id ||= newId("field");
  const hint = field.hint ?? (field.kind === "when" ? tr("when_hint") : null);
  const notes = [
    field.error && h("p", { class: "field-error", id: newId("error") }, field.error),
    hint && h("p", { class: "field-hint", id: newId("hint") }, hint),
  ].filter(Boolean);
  if (notes.length) input.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
  if (field.error) input.setAttribute("aria-invalid", "true");
  if (field.required && !isGroup) input.setAttribute("aria-required", "true");
  const optional =
    !field.required &&
    field.kind !== "flag" &&
    h("span", { class: "field-optional", "aria-hidden": "true" }, tr("optional"));
  const label = field.kind === "flag" ? null : h("label", { for: input.id }, field.label);
  const row = label && h("div", { class: "field-label" }, label, optional);
  return h(
    "div",
    { class: `field kind-${field.kind}${field.error ? " wrong" : ""}` },
    field.section && h("h3", { class: "field-section" }, field.section),
    row,
    control,
    notes,
  );
}

const KINDS = { line, long, select, person, people, when, number, flag };

function line(field, value) {
  const input = h("input", {
    type: "text",
    value,
    maxlength: field.max_length,
    autocomplete: "off",
    dir: "auto",
  });
  return { control: input, input, read: () => input.value };
}

function long(field, value) {
  const input = h("textarea", { rows: 3, value, maxlength: field.max_length, dir: "auto" });
  return { control: input, input, read: () => input.value };
}

function number(field, value) {
  // Not type=number, which forgets what was typed when it is no number.
  const input = h("input", { type: "text", inputmode: "decimal", value, autocomplete: "off" });
  return { control: input, input, read: () => input.value };
}

function select(field, value) {
  const isMissing = !field.choices.some((choice) => choice.value === value);
  const input = h(
    "select",
    null,
    (isMissing || !field.required) && h("option", { value: "" }, tr("choose")),
    field.choices.map((choice) => h("option", { value: choice.value }, choice.label)),
  );
  input.value = isMissing ? "" : value;
  return { control: h("div", { class: "select" }, input), input, read: () => input.value };
}

function flag(field, value) {
  const input = h("input", { type: "checkbox", checked: value === true || value === "yes" });
  const control = h("label", { class: "tick" }, input, h("span", null, field.label));
  return { control, input, read: () => input.checked };
}

function person(field, value) {
  const made = picker({ label: field.label, value: value ? [value].flat() : [], many: false });
  return { ...made, read: () => made.read()[0] ?? "" };
}

function people(field, value) {
  return picker({ label: field.label, value: [value].flat().filter(Boolean), many: true });
}

/** Words for a time, or the browser's own picker, which fills them in. */
function when(field, value) {
  const input = h("input", { type: "text", value, autocomplete: "off" });
  const native = h("input", {
    type: "datetime-local",
    class: "native-picker",
    tabindex: "-1",
    "aria-hidden": "true",
  });
  native.addEventListener("change", () => {
    if (!native.value) return;
    input.value = native.value.replace("T", " ");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  const open = iconButton("calendar", `${tr("pick_time")}: ${field.label}`, () => {
    native.value ||= forInput(now());
    native.showPicker?.();
  });
  return {
    control: h("div", { class: "when" }, input, native, open),
    input,
    read: () => input.value,
  };
}
