//! Confounder for browsers. Thin: everything is done by the crate `confounder`; the package's own JavaScript
//! (`bindings/web/package`) runs this module in a Web Worker and is what apps see.

mod error;
mod options;
mod protector;

pub use protector::{ProtectedFile, ProtectedPixels, Protector};
