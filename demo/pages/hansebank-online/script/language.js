// German stands in the HTML, English beside it in data-en: both are originals, neither a key.

/** The text of {de, en} in the language chosen. */
export function say(text) {
  return text[document.documentElement.lang];
}

/** Show the page in "de" or "en" without losing what was typed. */
function show(language) {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-en]")) {
    element.dataset.de ??= element.textContent;
    element.textContent = element.dataset[language];
  }
  for (const element of document.querySelectorAll("[data-en-label]")) {
    element.dataset.deLabel ??= element.ariaLabel;
    element.ariaLabel = element.dataset[`${language}Label`];
  }
  for (const link of document.querySelectorAll("a[href^='/']")) {
    link.search = `?lang=${language}`;
  }
  const toggle = document.getElementById("language");
  const other = language === "de" ? "en" : "de";
  toggle.textContent = other === "en" ? "English" : "Deutsch";
  toggle.lang = toggle.hreflang = other;
  toggle.href = `?lang=${other}`;
  document.dispatchEvent(new Event("languageshown"));
}

document.getElementById("language").addEventListener("click", (event) => {
  event.preventDefault();
  history.replaceState(null, "", event.currentTarget.href);
  show(event.currentTarget.lang);
});
show(document.documentElement.lang);
