// Before the first paint, so that a chosen theme does not flash. In a file of its own: inline scripts are not allowed.
;(() => {
  const chosen = localStorage.getItem('motia-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
})()
