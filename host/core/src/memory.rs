//! Memory that the system can have back, since a file has what is in it.
//!
//! A program keeps every page of its own file in memory that it has ever looked at, as long as nobody
//! else asks for memory. Of a server much of that is for its start only: policies to load, code that
//! reads a configuration. Whatever is needed again is read from the file again.

use std::ops::Range;

use rustix::mm::{Advice, madvise};
use rustix::param::page_size;

/// Gives back the pages that bytes lie in, if these are constants of the program. Policies that come
/// with it are digested and copied when they are loaded, and megabytes.
pub(crate) fn give_back(bytes: &[u8]) {
    let bytes = bytes.as_ptr_range();
    let page = page_size();
    let Some(start) = bytes.start.addr().checked_next_multiple_of(page) else {
        return;
    };
    let pages = start..bytes.end.addr() / page * page;
    let mappings = mappings();
    let Some(code) = own_code(&mappings) else {
        return;
    };
    let is_of_program = |mapping: &&Mapping| mapping.mode == "r--p" && mapping.file == code.file;
    if mappings
        .iter()
        .filter(is_of_program)
        .any(|mapping| mapping.holds(&pages))
    {
        forget(&pages);
    }
}

/// Gives back the program's own code. Best called once, when a server has started.
pub fn give_back_code() {
    if let Some(code) = own_code(&mappings()) {
        forget(&code.pages);
    }
}

/// Where the code lies that this is a part of.
fn own_code(mappings: &[Mapping]) -> Option<&Mapping> {
    let here = give_back_code as fn() as usize;
    let mut code = mappings.iter().filter(|mapping| mapping.mode == "r-xp");
    code.find(|mapping| mapping.holds(&(here..here + 1)))
}

fn forget(pages: &Range<usize>) {
    let start = std::ptr::with_exposed_provenance_mut(pages.start);
    // SAFETY: the pages hold code or constants of the program, mapped from its file. Nobody can write
    // to them, so they will hold the same again when somebody looks at them.
    #[expect(unsafe_code, reason = "the system is told what it may forget")]
    let forgotten = unsafe { madvise(start, pages.len(), Advice::LinuxDontNeed) };
    if let Err(error) = forgotten {
        tracing::debug!(%error, "memory is kept");
    }
}

/// Pages of this process that are mapped from a file.
#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    pages: Range<usize>,
    /// What may be done with them, and whether for this process alone (proc(5)).
    mode: String,
    /// Its device and its number there.
    file: [String; 2],
}

/// All of them; none where that cannot be read, and then nothing is given back.
fn mappings() -> Vec<Mapping> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().filter_map(Mapping::read).collect()
}

impl Mapping {
    /// Reads a line of `/proc/self/maps`; none for memory that is not of a file.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let mode = words.next()?;
        let (device, inode) = (words.nth(1)?, words.next()?);
        let hex = |text| usize::from_str_radix(text, 16).ok();
        (inode != "0").then_some(Self {
            pages: hex(start)?..hex(end)?,
            mode: mode.to_owned(),
            file: [device, inode].map(str::to_owned),
        })
    }

    fn holds(&self, pages: &Range<usize>) -> bool {
        !pages.is_empty() && self.pages.start <= pages.start && pages.end <= self.pages.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mapped_from_a_file_is_read() {
        let check = |line: &str, expected: Option<(Range<usize>, &str)>| {
            let expected = expected.map(|(pages, mode)| Mapping {
                pages,
                mode: mode.to_owned(),
                file: ["fe:00", "1234"].map(str::to_owned),
            });
            assert_eq!(Mapping::read(line), expected, "{line}");
        };
        let of_file = |mode: &str| format!("1000-5000 {mode} 00000000 fe:00 1234   /bin/a b");
        check(&of_file("r--p"), Some((0x1000..0x5000, "r--p")));
        check(&of_file("rw-p"), Some((0x1000..0x5000, "rw-p")));
        check("1000-5000 r--p 00000000 00:00 0", None);
        check("1000-5000 r--p 00000000 00:00 0 [heap]", None);
        check("1000-x r--p 00000000 fe:00 1234 /bin/a", None);
        check("1000 r--p 00000000 fe:00 1234 /bin/a", None);
        check("1000-5000 r--p", None);
        check("", None);
        let mapping = Mapping::read(&of_file("r--p")).unwrap();
        for (pages, expected) in [
            (0x1000..0x5000, true),
            (0x2000..0x3000, true),
            (0x2000..0x6000, false),
            (0x0..0x2000, false),
            (0x2000..0x2000, false),
        ] {
            assert_eq!(mapping.holds(&pages), expected, "{pages:x?}");
        }
    }

    #[test]
    fn what_is_given_back_is_still_there() {
        static CONSTANT: [u8; 1 << 16] = [0x5a; 1 << 16];
        let allocated = vec![0x5a; 1 << 16];
        for bytes in [
            &CONSTANT[..],
            &CONSTANT[1..9000],
            &CONSTANT[..3],
            &allocated,
        ] {
            give_back(bytes);
            assert!(bytes.iter().all(|byte| *byte == 0x5a));
        }
        give_back_code();
        assert!(own_code(&mappings()).is_some());
    }
}
