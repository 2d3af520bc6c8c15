// The transfer form: filled in, checked, confirmed. Nothing leaves this page.
import { balance, enter } from "./accounts.js";
import { grouped, problem } from "./iban.js";
import { say } from "./language.js";

const byId = (id) => document.getElementById(id);

/** Cents of "1.234,50", "1234.5" or "12"; NaN when it is no amount. */
export function centsOf(typed) {
  const plain = typed.trim().replace(/[.,](?=\d{3}(?:\D|$))/g, "");
  return /^\d+(?:[.,]\d{1,2})?$/.test(plain) ? Math.round(Number(plain.replace(",", ".")) * 100) : NaN;
}

/** Make the form work on the account now chosen; `changed` is called after a transfer. */
export function offerTransfers({ account, money, changed }) {
  const form = byId("transfer-form");

  const checks = {
    recipient: (typed) =>
      typed.trim() ? null : { de: "Bitte nennen Sie den Empfänger.", en: "Please name the recipient." },
    iban: (typed) =>
      problem(typed) === null
        ? null
        : {
            de: "Diese IBAN gibt es nicht: Prüfziffer oder Länge passen nicht.",
            en: "There is no such IBAN: check digits or length do not match.",
          },
    amount(typed) {
      const cents = centsOf(typed);
      if (!(cents > 0)) {
        return {
          de: "Bitte schreiben Sie den Betrag wie 25,00.",
          en: "Please write the amount like 25.00.",
        };
      }
      return cents <= balance(account())
        ? null
        : { de: "Das ist mehr, als auf dem Konto ist.", en: "This is more than the account holds." };
    },
  };

  function inOrder(name) {
    const wrong = checks[name](form.elements[name].value);
    const line = byId(`${name}-error`);
    line.hidden = !wrong;
    line.textContent = wrong ? say(wrong) : "";
    form.elements[name].ariaInvalid = wrong ? "true" : null;
    return !wrong;
  }

  function summarise() {
    const amount = money(centsOf(form.elements.amount.value));
    const { recipient, iban, purpose } = form.elements;
    byId("summary").textContent = [
      say({ de: `${amount} an ${recipient.value}`, en: `${amount} to ${recipient.value}` }),
      grouped(iban.value),
      purpose.value,
    ].join("\n");
  }

  function show(confirming) {
    form.hidden = confirming;
    byId("confirmation").hidden = !confirming;
    byId("transfer-title").focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    byId("done").textContent = "";
    const wrong = Object.keys(checks).filter((name) => !inOrder(name));
    if (wrong.length) return form.elements[wrong[0]].focus();
    summarise();
    show(true);
  });
  form.addEventListener("input", ({ target }) => {
    if (target.ariaInvalid) inOrder(target.name);
  });
  byId("change").addEventListener("click", () => show(false));
  byId("confirm").addEventListener("click", () => {
    const { recipient, amount, purpose } = form.elements;
    enter(account(), centsOf(amount.value), recipient.value, purpose.value);
    form.reset();
    show(false);
    byId("done").textContent = say({
      de: "Vorgemerkt. In dieser Vorführung wird nichts überwiesen.",
      en: "Noted. Nothing is transferred in this demonstration.",
    });
    changed();
  });
  document.addEventListener("languageshown", () => {
    byId("done").textContent = "";
    for (const name of Object.keys(checks)) {
      if (!byId(`${name}-error`).hidden) inOrder(name);
    }
    if (form.hidden) summarise();
  });
}
