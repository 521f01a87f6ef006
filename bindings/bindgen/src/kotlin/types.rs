//! Types: their names in Kotlin, and how values of them are read and written. `b` is the buffer, `o` the stream.

use uniffi_bindgen::interface::{DefaultValue, Literal, Type};

use super::names::shouted;

/// The name of a type in Kotlin.
pub(super) fn name(of: &Type) -> Result<String, String> {
    Ok(match of {
        Type::UInt8 => "UByte".into(),
        Type::UInt32 => "UInt".into(),
        Type::UInt64 => "ULong".into(),
        Type::Float32 => "Float".into(),
        Type::Float64 => "Double".into(),
        Type::Boolean => "Boolean".into(),
        Type::String => "String".into(),
        Type::Bytes => "ByteArray".into(),
        Type::Record { name, .. } | Type::Enum { name, .. } | Type::Object { name, .. } => {
            name.clone()
        }
        Type::Optional { inner_type } => format!("{}?", name(inner_type)?),
        Type::Sequence { inner_type } => format!("List<{}>", name(inner_type)?),
        other => return unknown(other),
    })
}

/// An expression that reads a value.
pub(super) fn read(of: &Type) -> Result<String, String> {
    Ok(match of {
        Type::UInt8 => "b.get().toUByte()".into(),
        Type::UInt32 => "b.getInt().toUInt()".into(),
        Type::UInt64 => "b.getLong().toULong()".into(),
        Type::Float32 => "b.getFloat()".into(),
        Type::Float64 => "b.getDouble()".into(),
        Type::Boolean => "b.boolean()".into(),
        Type::String => "b.string()".into(),
        Type::Bytes => "b.bytes()".into(),
        Type::Record { name, .. } | Type::Enum { name, .. } => format!("read{name}(b)"),
        Type::Object { name, .. } => format!("{name}(b.getLong())"),
        Type::Optional { inner_type } => format!("b.optional {{ {} }}", read(inner_type)?),
        Type::Sequence { inner_type } => format!("b.list {{ {} }}", read(inner_type)?),
        other => return unknown(other),
    })
}

/// A statement that writes the value of an expression.
pub(super) fn write(of: &Type, value: &str) -> Result<String, String> {
    Ok(match of {
        Type::UInt8 => format!("o.writeByte({value}.toInt())"),
        Type::UInt32 => format!("o.writeInt({value}.toInt())"),
        Type::UInt64 => format!("o.writeLong({value}.toLong())"),
        Type::Float32 => format!("o.writeFloat({value})"),
        Type::Float64 => format!("o.writeDouble({value})"),
        Type::Boolean => format!("o.writeBoolean({value})"),
        Type::String => format!("o.string({value})"),
        Type::Bytes => format!("o.bytes({value})"),
        Type::Record { name, .. } | Type::Enum { name, .. } => format!("write{name}(o, {value})"),
        Type::Optional { inner_type } => {
            format!("o.optional({value}) {{ {} }}", write(inner_type, "it")?)
        }
        Type::Sequence { inner_type } => {
            format!("o.list({value}) {{ {} }}", write(inner_type, "it")?)
        }
        other => return unknown(other),
    })
}

/// A default as an assignment, or nothing.
pub(super) fn default(value: Option<&DefaultValue>) -> Result<String, String> {
    let Some(value) = value else {
        return Ok(String::new());
    };
    let DefaultValue::Literal(literal) = value else {
        return Err("a default without a value has no Kotlin".into());
    };
    Ok(format!(" = {}", self::literal(literal)?))
}

fn literal(literal: &Literal) -> Result<String, String> {
    Ok(match literal {
        Literal::Boolean(value) => value.to_string(),
        Literal::UInt(value, _, Type::UInt64) => format!("{value}uL"),
        Literal::UInt(value, ..) => format!("{value}u"),
        Literal::Float(value, Type::Float32) => format!("{value}f"),
        Literal::Float(value, _) => value.clone(),
        Literal::Enum(variant, Type::Enum { name, .. }) => format!("{name}.{}", shouted(variant)),
        Literal::None => "null".into(),
        other => return Err(format!("a default of {other:?} has no Kotlin")),
    })
}

fn unknown<T>(of: &Type) -> Result<T, String> {
    Err(format!(
        "the type {of:?} has no Kotlin; see bindgen/src/kotlin/types.rs"
    ))
}
