// Swagger UI over this server's own document. Addresses are relative, so that a proxy may put a path before them.

window.SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  showExtensions: true,
  validatorUrl: null,
  queryConfigEnabled: false,
});
