// The renderer is somebody else's code, so this page is sandboxed (public/_headers): it has no cookies and can call nothing
// but the document. Hence no "Try it out".
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
