// A token comes behind the # of a link, which is in no log. It is taken out of the address bar, so
// that nobody reads it over a shoulder or finds it in the history.

export function onLinkToken(open: (token: string) => void): void {
  const take = () => {
    const token = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
    open(token);
  };
  // The link may be opened once more in a window that shows this page already.
  addEventListener("hashchange", take);
  take();
}
