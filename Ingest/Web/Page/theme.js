// Before anything is drawn, hence no module: the colours chosen on an earlier visit, and whether there will be a chart.
{
  let theme = null;
  try { theme = localStorage.getItem("slungd.theme"); } catch { /* storage is off: as the system has it */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (/[#&]q=[^&]/.test(location.hash)) document.documentElement.dataset.asks = "";
}
