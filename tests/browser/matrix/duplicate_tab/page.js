/* Duplicates the tab that shows an address, as the browser's own menu does. */
window.duplicate = async (address) => {
  const [tab] = await chrome.tabs.query({ url: address });
  await chrome.tabs.duplicate(tab.id);
};
