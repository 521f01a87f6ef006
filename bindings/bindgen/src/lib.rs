//! Writes bindings from a built library.
