/* A button that names a dialog opens it; the dialog's own form closes it. */

document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-asks]");
  if (asks) document.getElementById(asks.dataset.asks).showModal();
});
