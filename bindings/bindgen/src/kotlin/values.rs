//! Values: records, enums, and the error.

use std::fmt::Write;

use uniffi_bindgen::interface::{Enum, Field, Record, Variant};

use super::doc;
use super::names::{camel, exception, shouted};
use super::types;

/// A record as a data class.
pub(super) fn record(record: &Record) -> Result<String, String> {
    let (name, fields) = (record.name(), record.fields());
    let mut text = format!(
        "\n{}public data class {name}(\n",
        doc(record.docstring(), 0)
    );
    text += &parameters(fields, 4)?;
    text += ")\n";
    let read = reads(fields, 4)?;
    let _ = write!(
        text,
        "\ninternal fun read{name}(b: ByteBuffer): {name} = {name}(\n{read})\n"
    );
    let write = writes(fields, 4)?;
    let _ = write!(
        text,
        "\ninternal fun write{name}(o: DataOutputStream, value: {name}) {{\n{write}}}\n"
    );
    Ok(text)
}

/// An enum without fields.
pub(super) fn flat(choice: &Enum) -> String {
    let name = choice.name();
    let mut text = format!(
        "\n{}public enum class {name} {{\n",
        doc(choice.docstring(), 0)
    );
    for variant in choice.variants() {
        let _ = write!(
            text,
            "{}    {},\n\n",
            doc(variant.docstring(), 4),
            shouted(variant.name())
        );
    }
    text.truncate(text.trim_end().len());
    let _ = write!(
        text,
        "\n}}\n\ninternal fun read{name}(b: ByteBuffer): {name} = {name}.entries[b.getInt() - 1]\n\n\
         internal fun write{name}(o: DataOutputStream, value: {name}): Unit = o.writeInt(value.ordinal + 1)\n"
    );
    text
}

/// An enum with fields, which is only read.
pub(super) fn sealed(choice: &Enum) -> Result<String, String> {
    let name = choice.name();
    let mut text = format!(
        "\n{}public sealed class {name} {{\n",
        doc(choice.docstring(), 0)
    );
    let mut cases = String::new();
    for (index, variant) in choice.variants().iter().enumerate() {
        let case = variant.name();
        text += &doc(variant.docstring(), 4);
        if variant.has_fields() {
            let parameters = parameters(variant.fields(), 8)?;
            let _ = write!(
                text,
                "    public data class {case}(\n{parameters}    ) : {name}()\n\n"
            );
        } else {
            let _ = write!(text, "    public data object {case} : {name}()\n\n");
        }
        cases += &self::case(name, index, variant)?;
    }
    text.truncate(text.trim_end().len());
    text += &reader(name, name, &cases);
    Ok(text)
}

/// The error, as exceptions whose message is for people.
pub(super) fn error(choice: &Enum) -> Result<String, String> {
    let name = exception(choice.name());
    let mut text = doc(choice.docstring(), 0);
    text = format!(
        "\n{text}public sealed class {name}(\n    /** What went wrong and what to do. */\n    public val reason: String,\n) : Exception(reason) {{\n"
    );
    let mut cases = String::new();
    for (index, variant) in choice.variants().iter().enumerate() {
        let case = variant.name();
        if !matches!(variant.fields(), [reason] if reason.name() == "reason") {
            return Err(format!("{name}.{case} has other fields than its reason"));
        }
        let _ = write!(
            text,
            "{}    public class {case}(reason: String) : {name}(reason)\n\n",
            doc(variant.docstring(), 4)
        );
        cases += &self::case(&name, index, variant)?;
    }
    text.truncate(text.trim_end().len());
    text += &reader(choice.name(), &name, &cases);
    Ok(text)
}

fn case(name: &str, index: usize, variant: &Variant) -> Result<String, String> {
    let (number, case) = (index + 1, variant.name());
    if !variant.has_fields() {
        return Ok(format!("    {number} -> {name}.{case}\n"));
    }
    let reads = reads(variant.fields(), 8)?;
    Ok(format!("    {number} -> {name}.{case}(\n{reads}    )\n"))
}

fn reader(of: &str, name: &str, cases: &str) -> String {
    format!(
        "\n}}\n\ninternal fun read{of}(b: ByteBuffer): {name} = when (val number = b.getInt()) {{\n{cases}    \
         else -> throw IllegalStateException(\"$number is no {name}; library and bindings are of different versions\")\n}}\n"
    )
}

fn parameters(fields: &[Field], indent: usize) -> Result<String, String> {
    let mut text = String::new();
    for field in fields {
        let name = camel(field.name());
        let kind = types::name(&uniffi_bindgen::interface::AsType::as_type(field))?;
        let default = types::default(field.default_value())?;
        let pad = " ".repeat(indent);
        let _ = writeln!(
            text,
            "{}{pad}public val {name}: {kind}{default},",
            doc(field.docstring(), indent)
        );
    }
    Ok(text)
}

fn reads(fields: &[Field], indent: usize) -> Result<String, String> {
    let pad = " ".repeat(indent);
    fields
        .iter()
        .map(|field| {
            Ok(format!(
                "{pad}{},\n",
                types::read(&uniffi_bindgen::interface::AsType::as_type(field))?
            ))
        })
        .collect()
}

fn writes(fields: &[Field], indent: usize) -> Result<String, String> {
    let pad = " ".repeat(indent);
    let one = |field: &Field| {
        let value = format!("value.{}", camel(field.name()));
        let kind = uniffi_bindgen::interface::AsType::as_type(field);
        Ok(format!("{pad}{}\n", types::write(&kind, &value)?))
    };
    fields.iter().map(one).collect()
}
