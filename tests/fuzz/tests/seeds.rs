//! Every seed is an input for which its property holds, and every target has some.

use std::fs;
use std::path::{Path, PathBuf};

/// Panics when it does not hold for an input.
type Property = fn(&[u8]);

/// The properties, by the name of their target.
const TARGETS: [(&str, Property); 11] = [
    ("config", portcullis_fuzz::config::check),
    ("credentials", portcullis_fuzz::credentials::check),
    ("drive", portcullis_fuzz::drive::check),
    ("json", portcullis_fuzz::json::check),
    ("known", portcullis_fuzz::known::check),
    ("patch", portcullis_fuzz::patch::check),
    ("path", portcullis_fuzz::path::check),
    ("request", portcullis_fuzz::request::check),
    ("sanitize", portcullis_fuzz::sanitize::check),
    ("url", portcullis_fuzz::url::check),
    ("user_data", portcullis_fuzz::user_data::check),
];

#[test]
fn every_property_holds_for_its_seeds() {
    for (name, check) in TARGETS {
        let seeds = files(&crate_directory().join("seeds").join(name));
        assert!(seeds.len() >= 5, "{name}: {} seeds", seeds.len());
        for seed in seeds {
            let input = fs::read(&seed).expect("a seed");
            // The name of the seed, should the property break.
            let broken = std::panic::catch_unwind(|| check(&input)).is_err();
            assert!(!broken, "{}", seed.display());
        }
    }
}

/// A target that is not listed here would not be tried in CI, and a seed would be for nothing.
#[test]
fn targets_seeds_and_properties_go_by_the_same_names() {
    let known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let names = |directory: &str| {
        let entries = fs::read_dir(crate_directory().join(directory)).expect("a directory");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let names = paths.map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    assert_eq!(names("fuzz_targets"), known);
    assert_eq!(names("seeds"), known);
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("seeds");
    entries.map(|entry| entry.expect("a seed").path()).collect()
}

fn crate_directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
