// The overview: choose an account, see what happened on it.
import { ACCOUNTS, balance } from "./accounts.js";
import { grouped } from "./iban.js";
import { say } from "./language.js";
import { offerTransfers } from "./transfer.js";

const byId = (id) => document.getElementById(id);
let chosen = ACCOUNTS[0];

const locale = () => say({ de: "de-DE", en: "en-GB" });
const money = (cents) =>
  new Intl.NumberFormat(locale(), { style: "currency", currency: "EUR" })
    .format(cents / 100)
    .replace("-", "−");

function render() {
  const focused = document.activeElement?.dataset.account;
  byId("account-list").replaceChildren(...ACCOUNTS.map(accountItem));
  if (focused) document.querySelector(`[data-account="${focused}"]`).focus();
  const title = say(chosen.title);
  byId("transactions-title").textContent = say({ de: `Umsätze: ${title}`, en: `Transactions: ${title}` });
  byId("rows").replaceChildren(...chosen.rows.map(transactionRow));
  byId("from").textContent = say({
    de: `Von: ${title}, verfügbar ${money(balance(chosen))}`,
    en: `From: ${title}, available ${money(balance(chosen))}`,
  });
}

function accountItem(account) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.account = account.iban;
  button.ariaPressed = String(account === chosen);
  button.append(
    element("span", say(account.title), "title"),
    element("span", money(balance(account)), "balance"),
    element("span", grouped(account.iban), "iban"),
  );
  button.addEventListener("click", () => {
    chosen = account;
    render();
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function transactionRow({ date, cents, partner, purpose }) {
  const line = document.createElement("tr");
  const what = element("td", partner);
  what.append(element("small", say(purpose)));
  const day = date.toLocaleDateString(locale(), { day: "2-digit", month: "2-digit", year: "numeric" });
  const sign = cents > 0 ? "+" : "";
  line.append(
    element("td", day),
    what,
    element("td", sign + money(cents), cents > 0 ? "amount in" : "amount"),
  );
  return line;
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

offerTransfers({ account: () => chosen, money, changed: render });
document.addEventListener("languageshown", render);
render();
