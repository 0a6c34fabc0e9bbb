"""The wing that serves: REST, WebSocket and SSE over one engine."""
