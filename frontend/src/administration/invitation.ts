// Opening an invitation: the token goes from the fragment, which is in no log, into the form, and
// out of the address bar, so that nobody reads it over a shoulder or finds it in the history.

const opening = document.querySelector<HTMLFormElement>("#opening");
const token = document.querySelector<HTMLInputElement>("#token");
if (opening && token) {
  open(opening, token);
  // The link was opened once more in a window that shows this page already.
  addEventListener("hashchange", () => open(opening, token));
}

function open(form: HTMLFormElement, field: HTMLInputElement): void {
  field.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  form.hidden = !field.value;
  document.querySelector<HTMLElement>("#incomplete")?.toggleAttribute("hidden", Boolean(field.value));
  if (field.value) form.submit();
}

const reveal = document.querySelector<HTMLButtonElement>("#reveal");
const password = document.querySelector<HTMLInputElement>("#password");
if (reveal && password) {
  reveal.hidden = false;
  reveal.addEventListener("click", () => {
    const shows = password.type === "password";
    password.type = shows ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shows));
    password.focus();
  });
}
