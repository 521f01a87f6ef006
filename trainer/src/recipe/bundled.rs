/// The recipes that come with the trainer, by name.
pub const BUNDLED: &[(&str, &str)] = &[
    ("paper", include_str!("../../recipes/paper.toml")),
    ("code", include_str!("../../recipes/code.toml")),
    ("small", include_str!("../../recipes/small.toml")),
    (
        "small-paper",
        include_str!("../../recipes/small-paper.toml"),
    ),
    ("photo", include_str!("../../recipes/photo.toml")),
    ("photos", include_str!("../../recipes/photos.toml")),
    ("smoke", include_str!("../../recipes/smoke.toml")),
];

/// The text of a bundled recipe.
pub fn bundled(name: &str) -> Option<&'static str> {
    BUNDLED
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, text)| *text)
}
