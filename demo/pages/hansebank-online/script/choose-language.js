// Runs before anything is shown, so that the page and the chat agree on a language from the start.
(() => {
  const wished = new URLSearchParams(location.search).get("lang") ?? navigator.language;
  document.documentElement.lang = wished.toLowerCase().startsWith("de") ? "de" : "en";
})();
