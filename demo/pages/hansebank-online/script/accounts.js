// Made-up accounts. Days are counted back from today, so that the list never looks old; the balance
// is what was there before plus all that is listed.

export const ACCOUNTS = [
  {
    title: { de: "Girokonto", en: "Current account" },
    iban: "DE95999900010000123401",
    before: 184_210,
    rows: [
      row(0, -2_390, "Bäckerei am Wall", "Kartenzahlung", "Card payment"),
      row(1, -6_412, "Kaufhalle Nord", "Kartenzahlung", "Card payment"),
      row(3, -8_900, "Stadtwerke", "Abschlag Strom und Gas", "Instalment for power and gas"),
      row(5, -1_780, "Nordwind Versicherung", "Hausrat, Monatsbeitrag", "Household, monthly premium"),
      row(9, 318_455, "Reederei Alster", "Gehalt", "Salary"),
      row(10, -98_000, "Hausverwaltung Speicher", "Miete", "Rent"),
      row(12, -25_000, "Frances Okafor", "Sparrate", "Savings"),
    ],
  },
  {
    title: { de: "Tagesgeldkonto", en: "Savings account" },
    iban: "DE33999900010000123450",
    before: 1_215_000,
    rows: [
      row(12, 25_000, "Frances Okafor", "Sparrate", "Savings"),
      row(24, 2_087, "Hansebank", "Zinsen", "Interest"),
      row(42, 25_000, "Frances Okafor", "Sparrate", "Savings"),
    ],
  },
];

/** The balance in cents. */
export const balance = ({ before, rows }) => rows.reduce((sum, { cents }) => sum + cents, before);

/** Put a transfer at the head of the account's list. */
export function enter(account, cents, partner, purpose) {
  account.rows.unshift(row(0, -cents, partner, purpose, purpose));
}

function row(daysAgo, cents, partner, de, en) {
  const date = new Date();
  date.setDate(date.getDate() - daysAgo);
  return { date, cents, partner, purpose: { de, en } };
}
