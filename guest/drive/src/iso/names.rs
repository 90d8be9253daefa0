//! Names of entries: what they may hold, and which short name stands for which.

/// Characters that change how a name is shown, or what a shell makes of it.
pub(super) fn is_odd(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

pub(super) fn join(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        [above, "/", name].concat()
    }
}

/// A name without `;1` and the dot of an empty extension.
pub(super) fn without_version(name: &str) -> &str {
    match name.rsplit_once(';') {
        Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => {
            name.strip_suffix('.').unwrap_or(name)
        }
        _ => name,
    }
}

/// Whether `plain` is what a mastering program makes of `name` for readers without Rock Ridge:
/// the same with unusual characters replaced, or cut to eight characters and three, or, if long,
/// cut somewhere behind its first eight characters. Both are lower case.
///
/// Ironic looks files up by this name, so a file must not have another file's.
pub(super) fn is_short_for(plain: &str, name: &str) -> bool {
    const LONG: usize = 27;
    let replaced: String = name
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() || character == '.' {
                character
            } else {
                '_'
            }
        })
        .collect();
    let plain: String = plain
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() || character == '.' {
                character
            } else {
                '_'
            }
        })
        .collect();
    if plain == replaced {
        return true;
    }
    let begins_alike = |count: usize| {
        plain
            .chars()
            .zip(replaced.chars())
            .take(count)
            .all(|(a, b)| a == b || a == '_')
    };
    let (stem, extension) = plain.split_once('.').unwrap_or((&plain, ""));
    let is_8_3 = stem.len() <= 8 && extension.len() <= 3;
    let needs_8_3 = replaced
        .split_once('.')
        .map_or(replaced.len() > 8, |(stem, extension)| {
            stem.len() > 8 || extension.len() > 3 || extension.contains('.')
        });
    (is_8_3 && needs_8_3 && begins_alike(4)) || (replaced.len() > LONG && begins_alike(8))
}
