"""What the server answers, as types: who builds it is held to them, and the documents are made of them."""
