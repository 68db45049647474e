//! What notations promise: what is read is what was written.

use super::*;
use crate::{parse_date, parse_timestamp};
use proptest::prelude::*;

fn value(text: &str) -> Vec<i64> {
    Notation::guesses(text).iter().filter_map(|n| n.read(text)).collect()
}

#[test]
fn usual_notations_are_read() {
    let day = |text: &str| i64::from(parse_date(text).unwrap());
    let moment = |text: &str| parse_timestamp(text).unwrap().0;
    let hms = |h: i64, m: i64, s: i64| ((h * 60 + m) * 60 + s) * SECOND;
    for (text, name, expected) in [
        ("31/12/2020", "DD/MM/YYYY", day("2020-12-31")),
        ("12/31/2020", "MM/DD/YYYY", day("2020-12-31")),
        ("3.7.2020", "D.M.YYYY", day("2020-07-03")),
        ("2020/07/03", "YYYY/MM/DD", day("2020-07-03")),
        ("2020-12-31 14:05", "YYYY-MM-DD HH:MM", moment("2020-12-31T14:05:00")),
        ("12/31/2020 9:05", "MM/DD/YYYY H:MM", moment("2020-12-31T09:05:00")),
        (
            "2020-12-31T14:05:06+01:00",
            "YYYY-MM-DDTHH:MM:SS+01:00",
            moment("2020-12-31T13:05:06"),
        ),
        (
            "2020-12-31 00:05:06.250-0730",
            "YYYY-MM-DD HH:MM:SS.fff-0730",
            moment("2020-12-31T07:35:06.250"),
        ),
        ("14:35", "HH:MM", hms(14, 35, 0)),
        ("9:05:07", "H:MM:SS", hms(9, 5, 7)),
        ("101:23:45", "HH:MM:SS", hms(101, 23, 45)),
        ("-01:30", "HH:MM", -hms(1, 30, 0)),
        ("5 days 03:00:00", "D days HH:MM:SS", 5 * DAY + hms(3, 0, 0)),
        ("-1 days +23:59:00", "D days HH:MM:SS", -hms(0, 1, 0)),
        ("1 day, 3:00:00", "D days, H:MM:SS", DAY + hms(3, 0, 0)),
        ("PT5M30S", "PnDTnHnMnS", hms(0, 5, 30)),
        ("P1DT2H", "PnDTnHnMnS", DAY + hms(2, 0, 0)),
        ("PT36H0.5S", "PTnHnMnS", hms(36, 0, 0) + SECOND / 2),
        ("-PT90M", "PTnMnS", -hms(1, 30, 0)),
        ("PT0S", "PnDTnHnMnS", 0),
    ] {
        let first = Notation::guesses(text).into_iter().next();
        let found = first.map(|n| (n.to_string(), n.read(text).unwrap()));
        assert_eq!(found, Some((name.to_owned(), expected)), "{text}");
    }
    // Both orders are possible: whoever asks has to look at more cells.
    assert_eq!(value("03/07/2020").len(), 2);
    for text in [
        "31/13/2020",
        "30/02/2020",
        "1/2/20",
        "25:61",
        "2020-12-31T24:00",
        "P",
        "PT",
        "P5",
        "12",
        "-",
        "1:2",
        "2020-1",
    ] {
        assert_eq!(value(text), Vec::<i64>::new(), "{text}");
    }
}

fn styles() -> impl Strategy<Value = Notation> {
    let seconds = prop_oneof![
        Just(Seconds::No),
        Just(Seconds::Whole),
        Just(Seconds::AsNeeded),
        (1_u8..7).prop_map(Seconds::Decimals)
    ];
    let clock = (any::<bool>(), seconds).prop_map(|(padded, seconds)| ClockStyle { padded, seconds });
    let order = prop_oneof![
        Just(DayOrder::YearMonthDay),
        Just(DayOrder::DayMonthYear),
        Just(DayOrder::MonthDayYear)
    ];
    let day =
        (order, prop_oneof![Just('-'), Just('/'), Just('.')], any::<bool>()).prop_map(|(order, separator, padded)| {
            DayStyle {
                order,
                separator,
                padded,
            }
        });
    let zone = prop_oneof![
        Just(Zone::No),
        Just(Zone::Utc),
        (-900_i16..900, any::<bool>()).prop_map(|(minutes, colon)| Zone::Offset { minutes, colon })
    ];
    let unit = prop_oneof![
        Just(IsoUnit::Day),
        Just(IsoUnit::Hour),
        Just(IsoUnit::Minute),
        Just(IsoUnit::Second)
    ];
    prop_oneof![
        day.clone().prop_map(Notation::Day),
        (day, any::<bool>(), clock.clone(), zone).prop_map(|(day, blank, clock, zone)| Notation::Moment {
            day,
            blank,
            clock,
            zone
        }),
        clock.clone().prop_map(Notation::TimeOfDay),
        clock.clone().prop_map(Notation::Clock),
        (clock, any::<bool>(), any::<bool>()).prop_map(|(clock, english, comma)| Notation::Days {
            clock,
            english,
            comma
        }),
        unit.prop_map(Notation::Iso),
    ]
}

proptest! {
    /// What any notation writes, it reads, and writes the same again; what is finer than it can
    /// write is cut off, not more. Its own text is always among the guesses' readings.
    #[test]
    fn what_is_written_is_read(notation in styles(), days in -700_000_i64..2_900_000, micros in 0..DAY) {
        let value = match notation {
            Notation::Day(_) => days,
            Notation::TimeOfDay(_) => micros,
            _ => days * DAY + micros,
        };
        let text = notation.write(value);
        let read = notation.read(&text);
        prop_assert!(read.is_some(), "{} {}", notation, text);
        prop_assert_eq!(notation.write(read.unwrap()), text.clone());
        prop_assert!((read.unwrap() - value).abs() < 60 * SECOND, "{} {}", notation, text);
        prop_assert!(Notation::guesses(&text).iter().any(|n| n.read(&text) == read), "{} {}", notation, text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-+0-9:./ TZPDHMSdays,]{0,30}|\\PC{0,20}", notation in styles(), value: i64) {
        for guess in Notation::guesses(&text) {
            prop_assert_eq!(guess.write(guess.read(&text).unwrap()), text.clone());
        }
        let _ = notation.read(&text);
        let _ = notation.write(value);
    }
}
