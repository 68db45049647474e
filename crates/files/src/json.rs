//! Reads flat JSON objects, one a line, without building values.
//!
//! Numbers keep their text, so that `1.50` has two decimals here as in CSV.

use std::borrow::Cow;

/// A value of a flat object.
#[derive(Debug, PartialEq)]
pub(crate) enum Flat<'t> {
    Null,
    Boolean(bool),
    /// The number as it stands.
    Number(&'t str),
    String(Cow<'t, str>),
}

/// What is wrong, and at which byte.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: What,
}

/// What is wrong.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    /// Not JSON: what is expected instead.
    Expected(&'static str),
    /// The line holds another value than an object.
    NotObject,
    /// The value under this key is an object or an array.
    Nested(String),
}

type Result<T> = std::result::Result<T, Fault>;

/// Walks through one line.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

/// Hands the members of the object that is `text` to `member`, in order.
pub(crate) fn object<'t>(text: &'t str, mut member: impl FnMut(Cow<'t, str>, Flat<'t>)) -> Result<()> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blanks();
    if !scanner.eat(b'{') {
        return match scanner.peek() {
            Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => Err(scanner.fault(What::NotObject)),
            _ => Err(scanner.expected("an object")),
        };
    }
    scanner.blanks();
    if !scanner.eat(b'}') {
        loop {
            scanner.blanks();
            if !scanner.eat(b'"') {
                return Err(scanner.expected("a key in quotes"));
            }
            let key = scanner.string()?;
            scanner.blanks();
            if !scanner.eat(b':') {
                return Err(scanner.expected("':' after the key"));
            }
            scanner.blanks();
            let value = scanner.value(&key)?;
            member(key, value);
            scanner.blanks();
            if scanner.eat(b',') {
                continue;
            }
            if scanner.eat(b'}') {
                break;
            }
            return Err(scanner.expected("',' or '}' after the value"));
        }
    }
    scanner.blanks();
    if scanner.peek().is_some() {
        return Err(scanner.expected("the end of the line after the object"));
    }
    Ok(())
}

impl<'t> Scanner<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn fault(&self, what: What) -> Fault {
        Fault { at: self.at, what }
    }

    fn expected(&self, what: &'static str) -> Fault {
        self.fault(What::Expected(what))
    }

    fn value(&mut self, key: &str) -> Result<Flat<'t>> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Flat::String)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{' | b'[') => Err(self.fault(What::Nested(key.to_owned()))),
            _ => {
                for (word, value) in [
                    ("null", Flat::Null),
                    ("true", Flat::Boolean(true)),
                    ("false", Flat::Boolean(false)),
                    // Python's json module writes these.
                    ("NaN", Flat::Null),
                ] {
                    if self.text[self.at..].starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.expected("a value: a string in quotes, a number, true, false or null"))
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Flat<'t>> {
        let start = self.at;
        self.eat(b'-');
        let whole = self.at;
        if self.digits() == 0 || (self.at - whole > 1 && self.text.as_bytes()[whole] == b'0') {
            self.at = whole;
            return Err(self.expected("a number without leading zeros"));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.expected("a digit after the point"));
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                return Err(self.expected("a digit in the exponent"));
            }
        }
        Ok(Flat::Number(&self.text[start..self.at]))
    }

    /// The string whose opening quote has been passed.
    fn string(&mut self) -> Result<Cow<'t, str>> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut from = start;
        loop {
            match bytes.get(self.at) {
                None => return Err(self.expected("a quote at the end of the string")),
                Some(b'"') => {
                    let tail = &self.text[from..self.at];
                    self.at += 1;
                    return Ok(match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    });
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(&self.text[from..self.at]);
                    self.at += 1;
                    let character = self.escape()?;
                    owned.get_or_insert_default().push(character);
                    from = self.at;
                }
                Some(0..=0x1F) => return Err(self.expected("an escape instead of a control character")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let byte = self.peek();
        let character = match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.expected("one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u")),
        };
        self.at += 1;
        Ok(character)
    }

    fn hex(&mut self) -> Result<u32> {
        let code = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.expected("four hexadecimal digits")),
        }
    }

    fn unicode(&mut self) -> Result<char> {
        let high = self.hex()?;
        let code = if (0xD800..0xDC00).contains(&high) {
            if !(self.eat(b'\\') && self.eat(b'u')) {
                return Err(self.expected("the second half of a surrogate pair"));
            }
            match self.hex()? {
                low @ 0xDC00..0xE000 => 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                _ => return Err(self.expected("the second half of a surrogate pair")),
            }
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| self.expected("the first half of a surrogate pair"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn members(text: &str) -> Result<Vec<(String, String)>> {
        let mut out = Vec::new();
        object(text, |key, value| {
            out.push((
                key.into_owned(),
                match value {
                    Flat::String(text) => text.into_owned(),
                    other => format!("{other:?}"),
                },
            ));
        })
        .map(|()| out)
    }

    #[test]
    fn flat_objects_are_read() {
        let text = r#" {"a": "x\"\\\u00e9\ud83d\ude00\n", "b":-1.50e+3, "c":null,"d":true } "#;
        let found = members(text).unwrap();
        assert_eq!(found[0], ("a".into(), "x\"\\é😀\n".into()));
        assert_eq!(found[1].1, "Number(\"-1.50e+3\")");
        assert_eq!(found[2].1, "Null");
        assert_eq!(found[3].1, "Boolean(true)");
        assert_eq!(members("{}").unwrap(), []);
    }

    #[test]
    fn faults_say_where() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            (r#"{"a" 1}"#, 5),
            (r#"{"a":01}"#, 5),
            (r#"{"a":1.}"#, 7),
            (r#"{"a":1e}"#, 7),
            (r#"{"a":"x}"#, 8),
            (r#"{"a":1,}"#, 7),
            (r#"{"a":1} x"#, 8),
            (r#"{"a":"\ud800x"}"#, 12),
            (r#"{"a":yes}"#, 5),
        ] {
            assert_eq!(members(text).unwrap_err().at, at, "{text}");
        }
        assert_eq!(members("[1]").unwrap_err().what, What::NotObject);
        assert_eq!(members(r#"{"a":{"b":1}}"#).unwrap_err().what, What::Nested("a".into()));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[{}\[\]",:\\ua0-9eE.+ntf\- é]{0,40}"#) {
            let _ = members(&text);
        }
    }
}
