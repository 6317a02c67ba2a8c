// The renderer is somebody else's code, so this page is sandboxed (public/_headers): it has no cookies and can call nothing
// but the document. Hence no "Try it out".
// As light or dark as the system is: what was chosen in the console is kept where this page cannot read it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
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
