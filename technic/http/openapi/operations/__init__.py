"""What each route is asked and may answer: one module for each part of the API."""
