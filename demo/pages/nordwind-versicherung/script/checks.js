// What each field accepts. An answer is null or {de, en}: what is missing and what to do.
import * as iban from "./iban.js";

const DATE = /^(?:(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2}))$/;

/** The date that was typed, as a UTC Date, or null when there is no such day. */
export function dateOf(typed) {
  const [, day, month, year, isoYear, isoMonth, isoDay] = DATE.exec(typed.trim()) ?? [];
  const parts = [Number(year ?? isoYear), Number(month ?? isoMonth) - 1, Number(day ?? isoDay)];
  const date = new Date(Date.UTC(...parts));
  return date.getUTCDate() === parts[2] && date.getUTCMonth() === parts[1] ? date : null;
}

const required = (de, en) => (typed) => (typed.trim() ? null : { de, en });

const CHECKS = {
  street: required("Bitte nennen Sie Straße und Hausnummer.", "Please enter street and number."),
  town: required("Bitte nennen Sie den Ort.", "Please enter the town."),
  given: required("Bitte nennen Sie Ihren Vornamen.", "Please enter your first name."),
  family: required("Bitte nennen Sie Ihren Nachnamen.", "Please enter your last name."),
  illness: required(
    "Bitte nennen Sie die Erkrankung, ein Stichwort genügt.",
    "Please name the illness, one word will do.",
  ),
  health: required("Bitte wählen Sie Ja oder Nein.", "Please choose yes or no."),
  postcode: (typed) =>
    /^\d{5}$/.test(typed.trim())
      ? null
      : { de: "Die Postleitzahl hat fünf Ziffern.", en: "The postcode has five digits." },
  space: (typed) =>
    Number(typed) >= 10 && Number(typed) <= 1000
      ? null
      : {
          de: "Bitte geben Sie eine Zahl von 10 bis 1000 an.",
          en: "Please enter a number from 10 to 1000.",
        },
  email: (typed) =>
    /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(typed.trim())
      ? null
      : {
          de: "Bitte geben Sie eine Adresse wie name@beispiel.de an.",
          en: "Please enter an address such as name@example.com.",
        },
  birth(typed) {
    const date = dateOf(typed);
    if (!date || date.getUTCFullYear() < 1900) {
      return {
        de: "Diesen Tag gibt es nicht. Bitte schreiben Sie ihn wie 23.11.1980.",
        en: "There is no such day. Please write it like 23.11.1980.",
      };
    }
    const eighteenth = new Date(date);
    eighteenth.setUTCFullYear(date.getUTCFullYear() + 18);
    return eighteenth <= new Date()
      ? null
      : {
          de: "Den Antrag kann stellen, wer mindestens 18 Jahre alt ist.",
          en: "Applicants must be at least 18 years old.",
        };
  },
  iban: (typed) =>
    ({
      empty: { de: "Bitte nennen Sie Ihre IBAN.", en: "Please enter your IBAN." },
      form: {
        de: "Eine IBAN beginnt mit zwei Buchstaben und zwei Ziffern, zum Beispiel DE02.",
        en: "An IBAN starts with two letters and two digits, for example DE02.",
      },
      length: {
        de: "Die Länge stimmt nicht; eine deutsche IBAN hat 22 Zeichen.",
        en: "The length is wrong; a German IBAN has 22 characters.",
      },
      sum: {
        de: "Die Prüfziffer passt nicht. Bitte vergleichen Sie die Ziffern mit Ihrer Karte.",
        en: "The check digits do not match. Please compare the digits with your card.",
      },
    })[iban.problem(typed)] ?? null,
};

/** What is wrong with what was typed into the field of this name. */
export const check = (name, typed) => CHECKS[name]?.(typed) ?? null;
