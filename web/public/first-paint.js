/* Runs before the first paint, so that neither theme nor sidebar flash. A file of its own, because the
 * content security policy allows no inline script. */
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem('theme');
    if (!theme && matchMedia('(prefers-contrast: more)').matches) theme = 'high-contrast';
    if (!theme && matchMedia('(prefers-color-scheme: dark)').matches) theme = 'dark';
    if (theme && /^[a-z-]+$/.test(theme)) root.dataset.theme = theme;
  } catch {
    /* storage is off: the light theme stays */
  }
})();
