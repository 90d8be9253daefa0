//! Whatever a patch is, it is refused, or does what the RFC says, and stays within its bounds.

use super::*;

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const OPS: &[&str] = &["add", "add", "replace", "remove", "test"];
const PARTS: &[&str] = &[
    "a", "b", "0", "1", "2", "-", "01", "none", "é", "", "~1", "a\\n",
];
const VALUES: &[&str] = &[
    "null",
    "7",
    "\"x\"",
    "[]",
    "[1,[2]]",
    "{}",
    "{\"a\":{\"b\":[0]}}",
];

fn patch(numbers: &mut Numbers) -> String {
    let steps: Vec<_> = (0..numbers.below(6))
        .map(|_| {
            let mut path = String::from(numbers.pick(&["/extra", "/extra", "/name", "/none"]));
            for _ in 0..numbers.below(4) {
                path = path + "/" + numbers.pick(PARTS);
            }
            let (op, value) = (numbers.pick(OPS), numbers.pick(VALUES));
            match numbers.below(20) {
                0 => format!(r#"{{"op":"{op}","path":"{path}"}}"#),
                _ => format!(r#"{{"op":"{op}","path":"{path}","value":{value}}}"#),
            }
        })
        .collect();
    format!("[{}]", steps.join(","))
}

/// One operation, written down once more and in another way: by JSON pointer.
fn naive(document: &mut Tree, step: &Step) -> Option<()> {
    let below = step.path.below.iter().map(|part| format!("/{part}"));
    let whole: String = std::iter::once(format!("/{}", step.root()))
        .chain(below)
        .collect();
    let (parent, last) = whole.rsplit_once('/')?;
    if step.is_root() && document.get(last).is_none() {
        document[last] = Tree::Null;
    }
    let value = match &step.action {
        Action::Add(value) | Action::Replace(value) => Some(value.clone()),
        Action::Remove => None,
    };
    let adds = matches!(step.action, Action::Add(_));
    if !adds {
        document.pointer(&whole)?;
    }
    match document.pointer_mut(parent)? {
        Tree::Object(members) => match value {
            Some(value) => drop(members.insert(last.to_owned(), value)),
            None => drop(members.remove(last)),
        },
        Tree::Array(items) => {
            let at = match last {
                "-" if adds => items.len(),
                "0" => 0,
                digits if digits.starts_with('0') => return None,
                digits => digits.parse().ok()?,
            };
            match value {
                Some(value) if adds => (at <= items.len()).then(|| items.insert(at, value))?,
                Some(value) => *items.get_mut(at)? = value,
                None => drop(items.remove(at)),
            }
        }
        _ => return None,
    }
    Some(())
}

#[test]
fn any_patch_is_refused_or_applied_as_it_is_written() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let (mut applied, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let text = patch(&mut numbers);
        let Ok(patch) = read(&text) else {
            refused += 1;
            continue;
        };
        let original = json!({"name": "n", "extra": {"a": [1, {"b": []}], "b": {"0": {}}}});
        let (mut ours, mut theirs) = (original.clone(), original);
        let result = patch.apply(&mut ours);
        let expected = patch.steps().try_for_each(|step| naive(&mut theirs, step));
        assert_eq!(result.is_ok(), expected.is_some(), "{text}: {result:?}");
        if let Err(error) = result {
            refused += 1;
            let at: usize = error.pointer[1..]
                .split('/')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert!(at < patch.steps().count(), "{text}: {error}");
        } else {
            assert_eq!(ours, theirs, "{text}");
            assert!(depth(&ours) <= MAX_DEPTH, "{text}");
            applied += 1;
        }
    }
    assert!(
        applied > 2_000 && refused > 2_000,
        "{applied} applied, {refused} refused"
    );
}

fn depth(tree: &Tree) -> usize {
    let below = match tree {
        Tree::Array(items) => items.iter().map(depth).max(),
        Tree::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}
