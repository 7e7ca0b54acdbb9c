// Before anything is drawn, hence no module: the colours chosen on an earlier visit.
{
  let theme = null;
  try { theme = localStorage.getItem("slungd.theme"); } catch { /* storage is off: as the system has it */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
