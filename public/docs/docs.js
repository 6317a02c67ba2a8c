// The renderer is somebody else's code, so this page is sandboxed (public/_headers): it has no cookies and can call nothing
// but the document. Hence no "Try it out".
// As light or dark as the console's links say, for what was chosen there is kept where this page cannot read it; else as the
// system is.
const chosen = new URLSearchParams(location.search).get("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  const isDark = chosen === "dark" || (chosen !== "light" && dark.matches);
  document.documentElement.classList.toggle("dark-mode", isDark);
  document.documentElement.classList.toggle("light-mode", !isDark);
};
dark.addEventListener("change", follow);
follow();

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: false,
  docExpansion: "list",
  supportedSubmitMethods: [],
  validatorUrl: null,
});
