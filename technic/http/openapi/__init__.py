"""The API's own documents: OpenAPI for requests, AsyncAPI for streams, and the pages that show them."""
