import { check } from "./checks.js";
import { say } from "./language.js";

/** Check one input; show or take away its message. Returns whether it is in order. */
export function inOrder(input, value) {
  const wrong = check(input.name, value);
  const line = document.getElementById(`${input.name}-error`);
  line.hidden = !wrong;
  line.textContent = wrong ? say(wrong) : "";
  // A group of radio buttons has the message as its description; the attribute is for texts.
  if (input.type !== "radio") input.ariaInvalid = wrong ? "true" : null;
  return !wrong;
}

/** Check all that is visible in a step and go to the first field that needs a hand. */
export function stepInOrder(step, values) {
  const wrong = visible(step).filter((input) => !inOrder(input, values.get(input.name) ?? ""));
  wrong[0]?.focus();
  return wrong.length === 0;
}

/** Say the messages that are shown again, in the language now chosen. */
export function sayAgain(form) {
  const values = new FormData(form);
  for (const line of form.querySelectorAll(".error:not([hidden])")) {
    const name = line.id.replace("-error", "");
    inOrder(form.querySelector(`[name=${name}]`), values.get(name) ?? "");
  }
}

function visible(step) {
  const inputs = [...step.querySelectorAll("input, textarea")];
  const names = new Set();
  return inputs.filter((input) => {
    const first = !names.has(input.name);
    names.add(input.name);
    return first && input.type !== "checkbox" && !input.closest("[hidden]");
  });
}
