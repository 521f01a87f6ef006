//! Rust's names as Kotlin writes them.

/// `protect_bytes` as `protectBytes`.
pub(super) fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.extend(letters);
    }
    name
}

/// `RefuseAll` as `REFUSE_ALL`, and `WebP` as `WEB_P`.
pub(super) fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            shouted.push('_');
        }
        shouted.push(letter.to_ascii_uppercase());
    }
    shouted
}

/// An error's name in Kotlin ends in `Exception`.
pub(super) fn exception(name: &str) -> String {
    format!("{}Exception", name.strip_suffix("Error").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kotlins() {
        assert_eq!(camel("warm_up_gpu"), "warmUpGpu");
        assert_eq!(camel("name"), "name");
        assert_eq!(shouted("CannotTell"), "CANNOT_TELL");
        assert_eq!(shouted("WebP"), "WEB_P");
        assert_eq!(exception("ConfounderError"), "ConfounderException");
    }
}
