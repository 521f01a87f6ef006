//! Kotlin over JNI: UniFFI's description of the surface, written as records, enums, and classes that call one native method.
//!
//! UniFFI's own Kotlin needs JNA, which takes most of the time that a first photo waits for, keep rules for R8, and a native
//! library of its own for seven processors. What goes in and out is serialised as UniFFI does it, so that the Rust side reads
//! and writes with UniFFI's traits. The runtime (`NativeObject`, `Serial.kt`) is written by hand, in `android/confounder`.

mod names;
mod objects;
mod types;
mod values;

use std::fmt::Write;
use std::path::Path;

use camino::Utf8Path;
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

/// The crate that is described.
const CRATE: &str = "confounder_mobile";

const HEAD: &str = "// Written by confounder-bindgen.\npackage dev.confounder\n\nimport java.io.DataOutputStream\nimport java.nio.ByteBuffer\n";

/// Writes `dev/confounder/Bindings.kt` below a folder.
pub(super) fn generate(library: &Utf8Path, out: &Path) -> Result<(), String> {
    let folder = out.join("dev/confounder");
    std::fs::create_dir_all(&folder)
        .map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
    let file = folder.join("Bindings.kt");
    std::fs::write(&file, file_of(&surface(library)?)?)
        .map_err(|e| format!("cannot write {}: {e}", file.display()))
}

/// The names of all calls, as the native method takes them: `build_info`, `Protector.protect_bytes`.
pub(super) fn calls(library: &Utf8Path) -> Result<Vec<String>, String> {
    let surface = surface(library)?;
    let functions = surface
        .function_definitions()
        .iter()
        .map(|function| function.name().to_owned());
    let objects = surface.object_definitions().iter();
    let methods = objects
        .filter(|object| !object.has_callback_interface())
        .flat_map(objects::calls);
    Ok(functions.chain(methods).collect())
}

/// The names of all errors.
pub(super) fn errors(library: &Utf8Path) -> Result<Vec<String>, String> {
    let surface = surface(library)?;
    let errors = surface
        .enum_definitions()
        .iter()
        .filter(|choice| surface.is_name_used_as_error(choice.name()));
    let names = errors.flat_map(|error| error.variants().iter().map(|case| case.name().to_owned()));
    Ok(names.collect())
}

fn surface(library: &Utf8Path) -> Result<ComponentInterface, String> {
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    let metadata = loader.load_metadata(library);
    let all = metadata.and_then(|metadata| loader.load_cis(metadata));
    let mut all = all.map_err(|e| format!("{library}: {e:#}"))?.into_iter();
    all.find(|surface| surface.crate_name() == CRATE)
        .ok_or_else(|| format!("{library} does not describe {CRATE}"))
}

fn file_of(surface: &ComponentInterface) -> Result<String, String> {
    let mut text = HEAD.to_owned();
    for record in surface.record_definitions() {
        text += &values::record(record)?;
    }
    for choice in surface.enum_definitions() {
        text += &if surface.is_name_used_as_error(choice.name()) {
            values::error(choice)?
        } else if choice.is_flat() {
            values::flat(choice)
        } else {
            values::sealed(choice)?
        };
    }
    for object in surface.object_definitions() {
        text += &if object.has_callback_interface() {
            objects::listener(object)?
        } else {
            objects::class(object)?
        };
    }
    for function in surface.function_definitions() {
        text += &objects::function(function)?;
    }
    Ok(text)
}

/// A KDoc comment, indented by so many spaces.
fn doc(text: Option<&str>, indent: usize) -> String {
    let Some(text) = text else {
        return String::new();
    };
    let pad = " ".repeat(indent);
    let mut comment = format!("{pad}/**\n");
    for line in text.lines() {
        let line = format!("{pad} * {}", line.trim_start().replace("*/", "* /"));
        let _ = writeln!(comment, "{}", line.trim_end());
    }
    comment + &pad + " */\n"
}
