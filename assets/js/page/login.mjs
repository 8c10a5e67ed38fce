/** The page on which people sign in, in the theme that this browser remembers. */

try {
  const { theme } = JSON.parse(localStorage.getItem("tidegauge.preferences") ?? "{}").kept ?? {};
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  console.warn("event=theme_not_recalled");
}
