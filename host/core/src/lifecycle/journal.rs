//! The journal: what an order is about to do, on disk before it is done.
//!
//! One small file for each node with an order under way, named by the node's UUID, readable for its
//! owner only. It is written ahead: before a call is made, its line is on the disk. It holds no
//! secret, since plans serialise without them. Whoever carries an order out holds a lock on the file
//! (`flock`), which the system releases when a process ends, however it ends: a file that can be
//! locked belongs to nobody any more, and is there to recover from.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::effect::Mark;
use super::input::NodeUuid;
use super::plan::Plan;

/// Largest journal that is read. A plan of a hundred steps has 100 kB.
const LARGEST: u64 = 16 << 20;

/// What is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process works on the node.
    #[error("another process works on node {0}")]
    Busy(NodeUuid),
    /// A process ended in the middle of an order.
    #[error("an order for node {0} was never finished, and has to be recovered first")]
    Unfinished(NodeUuid),
    /// Others could read or replace it.
    #[error("`{}` is open to others, expected mode 0700", .0.display())]
    Open(PathBuf),
    /// It does not say what it should.
    #[error("`{}` is no journal", .0.display())]
    Form(PathBuf),
    /// It cannot be used.
    #[error("`{}` cannot be used", .path.display())]
    Io {
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Entry {
    /// The first one.
    Plan(Plan),
    /// A step is about to be made.
    Begin { step: usize, mark: Mark },
    /// It was, with success.
    Done { step: usize },
    /// From here on everything is taken back.
    TakingBack,
    /// A step is taken back.
    Undone { step: usize },
}

/// Where the journals are.
#[derive(Clone, Debug)]
pub(super) struct Journals(PathBuf);

/// The journal of one order, or nothing where none is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    file: Mutex<File>,
}

/// What a journal says.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) plan: Plan,
    /// Steps that were begun, in their order.
    pub(super) begun: Vec<(usize, Mark)>,
    /// Whether the last of them is known to have had success.
    pub(super) is_last_done: bool,
    pub(super) is_taking_back: bool,
    pub(super) undone: Vec<usize>,
}

impl Story {
    /// The step of which nobody knows what became.
    pub(super) fn doubtful(&self) -> Option<usize> {
        let (at, _) = self.begun.last()?;
        (!self.is_last_done && !self.undone.contains(at)).then_some(*at)
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { path, source }
}

impl Journals {
    /// Uses a directory, and makes it where it is missing.
    pub(super) fn open(directory: &Path) -> Result<Self, JournalError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(io_error(directory))?;
        let metadata = fs::metadata(directory).map_err(io_error(directory))?;
        if !metadata.is_dir() || metadata.permissions().mode() & 0o077 != 0 {
            return Err(JournalError::Open(directory.to_owned()));
        }
        sweep(directory);
        Ok(Self(directory.to_owned()))
    }

    fn path(&self, node: &NodeUuid) -> PathBuf {
        self.0.join(format!("{node}.journal"))
    }

    /// Begins a journal. It is on the disk when this returns.
    pub(super) fn begin(&self, plan: &Plan) -> Result<Journal, JournalError> {
        let path = self.path(&plan.node);
        let draft = self.0.join(format!(".{}", uuid::Uuid::new_v4()));
        let begun = self.draft(&draft, &path, plan);
        // It has its own name now, or is not wanted.
        let _ = fs::remove_file(&draft);
        let file = begun?;
        sync_directory(&self.0)?;
        Ok(Journal(Some(Arc::new(Kept {
            path,
            file: Mutex::new(file),
        }))))
    }

    /// Writes a whole file, locks it, and only then gives it its name: nobody ever sees half of it.
    fn draft(&self, draft: &Path, path: &Path, plan: &Plan) -> Result<File, JournalError> {
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(draft)
            .map_err(io_error(draft))?;
        file.lock().map_err(io_error(draft))?;
        append(&file, &Entry::Plan(plan.clone())).map_err(io_error(draft))?;
        match fs::hard_link(draft, path) {
            Ok(()) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let is_held = match File::open(path) {
                    Ok(other) => other.try_lock().is_err(),
                    Err(_) => true,
                };
                Err(if is_held {
                    JournalError::Busy(plan.node.clone())
                } else {
                    JournalError::Unfinished(plan.node.clone())
                })
            }
            Err(error) => Err(io_error(path)(error)),
        }
    }

    /// Nodes whose orders nobody carries out any more.
    pub(super) fn unfinished(&self) -> Result<Vec<NodeUuid>, JournalError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(io_error(&self.0))? {
            let path = entry.map_err(io_error(&self.0))?.path();
            if path
                .extension()
                .is_none_or(|extension| extension != "journal")
            {
                continue;
            }
            let node = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok());
            let is_free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            found.extend(node.filter(|_| is_free));
        }
        found.sort();
        Ok(found)
    }

    /// Takes over a journal that nobody holds; none where there is none.
    pub(super) fn take(&self, node: &NodeUuid) -> Result<Option<(Journal, Story)>, JournalError> {
        let path = self.path(node);
        let opened = File::options().read(true).append(true).open(&path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(io_error(&path))?,
        };
        if file.try_lock().is_err() {
            return Err(JournalError::Busy(node.clone()));
        }
        let story = read(&file, &path)?;
        if story.plan.node != *node {
            return Err(JournalError::Form(path));
        }
        let file = Mutex::new(file);
        Ok(Some((Journal(Some(Arc::new(Kept { path, file }))), story)))
    }
}

impl Journal {
    /// Adds a line. It is on the disk when this returns.
    pub(super) async fn add(&self, entry: Entry) -> Result<(), JournalError> {
        self.blocking(move |kept| {
            let file = kept.file.lock().unwrap_or_else(PoisonError::into_inner);
            append(&file, &entry).map_err(io_error(&kept.path))
        })
        .await
    }

    /// Ends it: there is nothing to recover any more.
    pub(super) async fn end(&self) -> Result<(), JournalError> {
        self.blocking(|kept| {
            fs::remove_file(&kept.path).map_err(io_error(&kept.path))?;
            kept.path.parent().map_or(Ok(()), sync_directory)
        })
        .await
    }

    /// Waiting for a disk is not for the threads that everything else runs on.
    async fn blocking(
        &self,
        work: impl FnOnce(&Kept) -> Result<(), JournalError> + Send + 'static,
    ) -> Result<(), JournalError> {
        let Some(kept) = self.0.clone() else {
            return Ok(());
        };
        let path = kept.path.clone();
        let done = tokio::task::spawn_blocking(move || work(&kept)).await;
        done.unwrap_or_else(|error| Err(io_error(&path)(io::Error::other(error))))
    }
}

fn append(mut file: &File, entry: &Entry) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}

/// How long a draft may lie there before it counts as left behind.
const OLD: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// Removes drafts whose process ended before they got their names. Nothing was done by them.
fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_draft = entry.file_name().as_encoded_bytes().starts_with(b".");
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_draft && age().is_some_and(|age| age > OLD) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn sync_directory(directory: &Path) -> Result<(), JournalError> {
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(io_error(directory))
}

/// Reads a journal. What stands behind the last line end was never finished, and not acted upon.
fn read(mut file: &File, path: &Path) -> Result<Story, JournalError> {
    let form = || JournalError::Form(path.to_owned());
    file.rewind().map_err(io_error(path))?;
    let mut lines = BufReader::new(file.take(LARGEST));
    let mut next = || -> Result<Option<Entry>, JournalError> {
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line).map_err(io_error(path))?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(|_| form())
    };
    let Some(Entry::Plan(plan)) = next()? else {
        return Err(form());
    };
    let mut story = Story {
        plan,
        begun: Vec::new(),
        is_last_done: false,
        is_taking_back: false,
        undone: Vec::new(),
    };
    while let Some(entry) = next()? {
        match entry {
            Entry::Plan(_) => return Err(form()),
            Entry::Begin { step, mark } if step < story.plan.steps.len() => {
                story.begun.push((step, mark));
                story.is_last_done = false;
            }
            Entry::Begin { .. } => return Err(form()),
            Entry::Done { .. } => story.is_last_done = true,
            Entry::TakingBack => story.is_taking_back = true,
            Entry::Undone { step } => story.undone.push(step),
        }
    }
    Ok(story)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::call::{Call, Verb};
    use crate::lifecycle::guarded::Guarded;
    use crate::lifecycle::plan::{Owner, Step};
    use crate::lifecycle::state::ProvisionState;

    fn plan() -> Plan {
        let password = Guarded::sealed("rescue password", &"calvin".into());
        Plan {
            order: "rescue".into(),
            node: "3d5e1b7a-62c4-4f0e-9a8d-0c1b2e3f4a5d".parse().unwrap(),
            owner: Owner::AsFound(None),
            steps: vec![
                Step::new(Call::InjectNmi),
                Step::provision(Verb::Rescue, vec![("rescue_password".into(), password)]),
            ],
            commit: 1,
        }
    }

    fn begin(step: usize) -> Entry {
        let mark = Mark {
            provision_state: ProvisionState::ACTIVE,
            provision_updated_at: None,
            updated_at: None,
            instance: None,
            maintenance: false,
        };
        Entry::Begin { step, mark }
    }

    #[tokio::test]
    async fn a_journal_tells_what_was_begun_and_no_secret() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("journal");
        let journals = Journals::open(&place).unwrap();
        let node = plan().node;
        let journal = journals.begin(&plan()).unwrap();
        assert!(matches!(
            journals.begin(&plan()),
            Err(JournalError::Busy(_))
        ));
        assert!(matches!(journals.take(&node), Err(JournalError::Busy(_))));
        assert!(journals.unfinished().unwrap().is_empty());
        journal.add(begin(0)).await.unwrap();
        journal.add(Entry::Done { step: 0 }).await.unwrap();
        journal.add(begin(1)).await.unwrap();
        drop(journal);

        let path = place.join(format!("{node}.journal"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("calvin"), "{text}");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        // A line that was cut off was not acted upon.
        fs::write(&path, format!("{text}{{\"done\":{{\"st")).unwrap();
        assert!(matches!(
            journals.begin(&plan()),
            Err(JournalError::Unfinished(_))
        ));
        assert_eq!(journals.unfinished().unwrap(), std::slice::from_ref(&node));
        let (journal, story) = journals.take(&node).unwrap().unwrap();
        let steps: Vec<_> = story.begun.iter().map(|(step, _)| *step).collect();
        assert_eq!((steps, story.is_last_done), (vec![0, 1], false));
        assert!(!story.plan.steps[1].call.is_sendable());
        journal.end().await.unwrap();
        assert!(journals.take(&node).unwrap().is_none());
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }

    #[test]
    fn what_others_can_read_or_nobody_can_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(
            Journals::open(directory.path()),
            Err(JournalError::Open(_))
        ));
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let journals = Journals::open(directory.path()).unwrap();
        let node = plan().node;
        for text in ["", "{}\n", "nonsense\n", "\"taking-back\"\n"] {
            fs::write(directory.path().join(format!("{node}.journal")), text).unwrap();
            assert!(
                matches!(journals.take(&node), Err(JournalError::Form(_))),
                "{text}"
            );
        }
    }
}
