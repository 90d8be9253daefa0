//! The rules of the code base that no compiler checks: who may depend on whom, what is pure,
//! what does not belong in a source at all.

mod dependencies;
mod tokens;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use portcullis_tests::workspace_root;

/// A file of the checkout: where it is, from the root, and what is in it.
struct Source {
    path: String,
    text: String,
}

/// Every file with one of these endings, in order of path, without build products.
fn sources(endings: &[&str]) -> Vec<Source> {
    let root = workspace_root();
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut sources = Vec::new();
    for file in files {
        let ending = file.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap();
            sources.push(Source {
                path: path.to_owned(),
                text: fs::read_to_string(&file).unwrap(),
            });
        }
    }
    sources
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let is_hidden = entry
            .file_name()
            .to_str()
            .is_none_or(|name| name.starts_with('.'));
        if kind.is_file() {
            files.push(entry.path());
        } else if kind.is_dir() && !is_hidden && entry.file_name() != "target" {
            collect(&entry.path(), files);
        }
    }
}

/// Fails with everything that was found to be wrong, one a line.
fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}\n{}\n", found.join("\n"));
}
