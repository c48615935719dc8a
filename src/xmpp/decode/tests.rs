//! Stanzas as servers send them, and what becomes of them.
