//! Objects and functions: each call is one of the native method, by its name.

use std::fmt::Write;

use uniffi_bindgen::interface::{Argument, AsType, Constructor, Function, Method, Object, Type};

use super::doc;
use super::names::camel;
use super::types;

/// What a call is made of.
struct Call<'a> {
    name: String,
    /// Whether the first object is `this`.
    on_this: bool,
    arguments: Vec<&'a Argument>,
    returns: Option<Type>,
}

/// The names of an object's calls.
pub(super) fn calls(object: &Object) -> Vec<String> {
    let constructors = object.constructors().into_iter().map(Constructor::name);
    let methods = object.methods().into_iter().map(Method::name);
    constructors
        .chain(methods)
        .map(|name| format!("{}.{name}", object.name()))
        .collect()
}

/// A class over an object of Rust.
pub(super) fn class(object: &Object) -> Result<String, String> {
    let name = object.name();
    let mut text = format!(
        "\n{}public class {name} internal constructor(handle: Long) : NativeObject(\"{name}\", handle) {{\n",
        doc(object.docstring(), 0)
    );
    if let Some(primary) = object.primary_constructor() {
        let call = constructor(name, primary);
        let arguments = declared(&call.arguments)?;
        let made = expression(&call, "b.getLong()")?;
        let _ = write!(
            text,
            "{}    public constructor({arguments}) : this({made})\n\n",
            doc(primary.docstring(), 4)
        );
    }
    for method in object.methods() {
        let call = Call {
            name: format!("{name}.{}", method.name()),
            on_this: true,
            arguments: method.arguments(),
            returns: method.return_type().cloned(),
        };
        text += &function_of(method.name(), &call, method.docstring(), 4)?;
    }
    let others = object.alternate_constructors();
    if !others.is_empty() {
        text += "    public companion object {\n";
        for other in others {
            text += &function_of(
                other.name(),
                &constructor(name, other),
                other.docstring(),
                8,
            )?;
        }
        text.truncate(text.trim_end().len());
        text += "\n    }\n";
    }
    text.truncate(text.trim_end().len());
    Ok(text + "\n}\n")
}

/// An interface that apps implement; `NativeObject.kt` calls it.
pub(super) fn listener(object: &Object) -> Result<String, String> {
    let name = object.name();
    let mut text = format!(
        "\n{}public interface {name} {{\n",
        doc(object.docstring(), 0)
    );
    for method in object.methods() {
        let arguments = declared(&method.arguments())?;
        let _ = write!(
            text,
            "{}    public fun {}({arguments})\n\n",
            doc(method.docstring(), 4),
            camel(method.name())
        );
    }
    text.truncate(text.trim_end().len());
    Ok(text + "\n}\n")
}

/// A function that belongs to no object.
pub(super) fn function(function: &Function) -> Result<String, String> {
    let call = Call {
        name: function.name().to_owned(),
        on_this: false,
        arguments: function.arguments(),
        returns: function.return_type().cloned(),
    };
    Ok("\n".to_owned()
        + function_of(function.name(), &call, function.docstring(), 0)?.trim_end()
        + "\n")
}

fn constructor<'a>(object: &str, constructor: &'a Constructor) -> Call<'a> {
    Call {
        name: format!("{object}.{}", constructor.name()),
        on_this: false,
        arguments: constructor.arguments(),
        returns: Some(Type::Object {
            module_path: String::new(),
            name: object.to_owned(),
            imp: uniffi_bindgen::interface::ObjectImpl::Struct,
        }),
    }
}

fn function_of(
    name: &str,
    call: &Call<'_>,
    docs: Option<&str>,
    indent: usize,
) -> Result<String, String> {
    let (pad, name, arguments) = (" ".repeat(indent), camel(name), declared(&call.arguments)?);
    let (kind, read) = match &call.returns {
        Some(kind) => (types::name(kind)?, types::read(kind)?),
        None => ("Unit".into(), String::new()),
    };
    let call = expression(call, &read)?;
    Ok(format!(
        "{}{pad}public fun {name}({arguments}): {kind} =\n{pad}    {call}\n\n",
        doc(docs, indent)
    ))
}

fn declared(arguments: &[&Argument]) -> Result<String, String> {
    let one = |argument: &&Argument| {
        let kind = if argument.is_borrowed_bytes() {
            "ByteBuffer".into()
        } else {
            types::name(&argument.as_type())?
        };
        Ok(format!("{}: {kind}", camel(argument.name())))
    };
    let all: Result<Vec<String>, String> = arguments.iter().map(one).collect();
    Ok(all?.join(", "))
}

/// The call of the native method: objects by their handles, bytes where they lie, a listener as it is, all else serialised.
fn expression(call: &Call<'_>, read: &str) -> Result<String, String> {
    let mut objects = Vec::new();
    let (mut data, mut listener, mut written) = ("null".to_owned(), "null".to_owned(), Vec::new());
    objects.extend(call.on_this.then(|| "this".to_owned()));
    for argument in &call.arguments {
        let name = camel(argument.name());
        let kind = match argument.as_type() {
            Type::Optional { inner_type } if matches!(*inner_type, Type::Object { .. }) => {
                *inner_type
            }
            kind => kind,
        };
        match &kind {
            Type::Object { imp, .. } if imp.has_callback_interface() => listener = name,
            Type::Object { .. } => objects.push(name),
            _ if argument.is_borrowed_bytes() => data = name,
            kind => written.push(types::write(kind, &name)?),
        }
    }
    let objects = if objects.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("arrayOf({})", objects.join(", "))
    };
    let written = if written.is_empty() {
        String::new()
    } else {
        format!("o -> {}", written.join("; "))
    };
    let write = if written.is_empty() {
        "{ }".to_owned()
    } else {
        format!("{{ {written} }}")
    };
    let read = if read.is_empty() {
        "{ }".to_owned()
    } else {
        format!("{{ b -> {read} }}")
    };
    Ok(format!(
        "invoke(\"{}\", {objects}, {data}, {listener}, {write}, {read})",
        call.name
    ))
}
