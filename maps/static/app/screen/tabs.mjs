// On a phone the side column is a sheet; two buttons open its halves.

/** Wire the buttons of `tabs` to `side`. Wide screens show all of it and hide the buttons. */
export function startTabs(tabs, side) {
  const buttons = [...tabs.querySelectorAll("button")];
  const open = (name) => {
    if (name) side.dataset.open = name;
    else delete side.dataset.open;
    for (const each of buttons) each.setAttribute("aria-expanded", String(each.dataset.tab === name));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => open(side.dataset.open === button.dataset.tab ? null : button.dataset.tab));
  }
  addEventListener("keydown", (event) => event.key === "Escape" && open(null));
}
