// The application: four steps, kept in memory only; leaving the page forgets everything.
import { inOrder, sayAgain, stepInOrder } from "./fields.js";
import { grouped, problem } from "./iban.js";
import { say } from "./language.js";
import { premium, showReview } from "./review.js";

const form = document.getElementById("application");
const steps = [...form.querySelectorAll("[data-step]")];
const marks = [...document.querySelectorAll(".progress li")];
const byId = (id) => document.getElementById(id);
let current = 0;

function goTo(index) {
  current = index;
  render();
  steps[index].querySelector("h2").focus();
  window.scrollTo({ top: 0 });
}

function render() {
  const values = new FormData(form);
  steps.forEach((step, index) => (step.hidden = index !== current));
  marks.forEach((mark, index) => {
    mark.classList.toggle("done", index < current);
    index === current ? mark.setAttribute("aria-current", "step") : mark.removeAttribute("aria-current");
  });
  byId("health").hidden = !values.has("help");
  byId("illness-field").hidden = !values.has("help") || values.get("health") !== "yes";
  byId("back").hidden = current === 0;
  byId("next").textContent = say(
    current === 3 ? { de: "Antrag absenden", en: "Submit application" } : { de: "Weiter", en: "Continue" },
  );
  showIbanHint();
  if (current === 3) {
    showReview(byId("review"), values, goTo);
    byId("premium").textContent = premium(values);
  }
}

function showIbanHint() {
  const hint = byId("iban-hint");
  const fits = problem(byId("iban").value) === null;
  hint.classList.toggle("pass", fits);
  hint.textContent = say(
    fits
      ? { de: "✓ Die Prüfziffer stimmt.", en: "✓ The check digits match." }
      : {
          de: "Von diesem Konto buchen wir den Beitrag jeden Monat ab.",
          en: "The premium is debited from this account every month.",
        },
  );
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!stepInOrder(steps[current], new FormData(form))) return;
  if (current < 3) return goTo(current + 1);
  form.hidden = true;
  document.querySelector(".progress").hidden = true;
  byId("done").hidden = false;
  form.reset();
  byId("done").querySelector("h2").focus();
});
form.addEventListener("input", (event) => {
  render();
  // A message disappears as soon as its reason does; a new one waits until the step is left.
  const shown = !byId(`${event.target.name}-error`)?.hidden;
  if (shown && event.target.name !== "help") {
    inOrder(event.target, new FormData(form).get(event.target.name));
  }
});
byId("iban").addEventListener("change", ({ target }) => (target.value = grouped(target.value)));
byId("back").addEventListener("click", () => goTo(current - 1));
document.addEventListener("languageshown", () => {
  render();
  sayAgain(form);
});

form.hidden = false;
render();
