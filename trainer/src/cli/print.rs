use std::{
    fmt::Display,
    io::{self, Write},
};

/// Prints a result to standard output; a closed pipe is not an error.
pub(crate) fn result(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints an error and what caused it to standard error.
pub(crate) fn error(error: &dyn std::error::Error) {
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text += &format!("\n  because {cause_text}");
        }
        source = cause.source();
    }
    let _ = writeln!(io::stderr().lock(), "{text}");
}
