import { dateOf } from "./checks.js";
import { grouped } from "./iban.js";
import { say } from "./language.js";

const CENTS_PER_SQUARE_METRE = 9;
const CENTS_FOR_HELP = 240;

/** Show all answers, each with a way back to its step. */
export function showReview(list, values, goTo) {
  list.replaceChildren(...answers(values).map((answer) => row(answer, goTo)));
}

/** The premium with what it was counted from. */
export function premium(values) {
  const locale = say({ de: "de-DE", en: "en-GB" });
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
  const space = Number(values.get("space"));
  const help = values.has("help") ? CENTS_FOR_HELP : 0;
  const total = money.format((space * CENTS_PER_SQUARE_METRE + help) / 100);
  const parts = [`${space} m² × ${money.format(CENTS_PER_SQUARE_METRE / 100)}`];
  if (help) parts.push(money.format(help / 100));
  return say({
    de: `Ihr Beitrag: ${total} im Monat (${parts.join(" + ")})`,
    en: `Your premium: ${total} a month (${parts.join(" + ")})`,
  });
}

function answers(values) {
  const birth = dateOf(values.get("birth"));
  const locale = say({ de: "de-DE", en: "en-GB" });
  const long = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  const address = `${values.get("street")}\n${values.get("postcode")} ${values.get("town")}`;
  const all = [
    [0, { de: "Zuhause", en: "Home" }, `${address}\n${values.get("space")} m²`],
    [0, { de: "Hilfe nach einem Unfall", en: "Help after an accident" }, yesOrNo(values.has("help"))],
    [1, { de: "Name", en: "Name" }, `${values.get("given")} ${values.get("family")}`],
    [1, { de: "Geburtsdatum", en: "Date of birth" }, birth?.toLocaleDateString(locale, long)],
    [1, { de: "E-Mail-Adresse", en: "E-mail address" }, values.get("email")],
    [2, { de: "IBAN", en: "IBAN" }, grouped(values.get("iban"))],
  ];
  if (values.has("help")) {
    const ill = values.get("health") === "yes";
    const told = ill ? `${yesOrNo(true)}: ${values.get("illness")}` : yesOrNo(false);
    all.splice(5, 0, [2, { de: "Hilfe wegen Erkrankung", en: "Help because of an illness" }, told]);
  }
  return all;
}

const yesOrNo = (yes) => say(yes ? { de: "Ja", en: "Yes" } : { de: "Nein", en: "No" });

function row([step, name, value], goTo) {
  const term = document.createElement("dt");
  term.textContent = say(name);
  const text = document.createElement("dd");
  text.textContent = value;
  const change = document.createElement("button");
  change.type = "button";
  change.textContent = say({ de: "Ändern", en: "Change" });
  change.ariaLabel = `${change.textContent}: ${say(name)}`;
  change.addEventListener("click", () => goTo(step));
  const way = document.createElement("dd");
  way.append(change);
  const line = document.createElement("div");
  line.append(term, text, way);
  return line;
}
