"""Dates in file names: of cameras, telephones, messengers, and screenshots in many languages."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photosort.photos.metadata import Stamp
from photosort.photos.metadata.names import name_date

TEN = "2018-05-03 10:11:12"
EVENING = "2018-05-03 22:11:12"
MILLISECONDS = "2018-05-03 10:11:12.345000"

#: Names that programs give, most of them met in public repositories and bug reports.
NAMES = {
    # cameras and telephones
    "IMG_20180503_101112": TEN,
    "IMG_20180503_101112_1": TEN,
    "IMG_20180503_101112~2": TEN,
    "IMG_20180503_101112(1)": TEN,
    "IMG_20180503_101112_HDR": TEN,
    "IMG_20180503_101112345": MILLISECONDS,
    "IMG20180503101112": TEN,  # Oppo, OnePlus
    "MVIMG_20180503_101112": TEN,  # Google, with a moving picture
    "BURST20180503101112": TEN,
    "00000IMG_00000_BURST20180503101112345_COVER": MILLISECONDS,
    "00100dPORTRAIT_00100_BURST20180503101112345_COVER": MILLISECONDS,
    "20180503_101112": TEN,  # Samsung
    "20180503101112": TEN,
    "P_20180503_101112_vHDR_Auto": TEN,  # Asus
    "WP_20180503_10_11_12_Pro": TEN,  # Windows Phone
    "DJI_20180503101112_0001_D": TEN,
    "2018-05-03 10.11.12": TEN,  # Dropbox
    "2018-05-03 10.11.12-1": TEN,
    "2018-05-03T10:11:12": TEN,
    # messengers and other applications
    "WhatsApp Image 2018-05-03 at 10.11.12": TEN,
    "WhatsApp Image 2018-05-03 at 10.11.12 (1)": TEN,
    "WhatsApp Image 2018-05-03 at 10.11.12 PM": EVENING,
    "WhatsApp Image 2018-05-03 at 10.11.12 AM (2)": TEN,
    "signal-2018-05-03-101112": TEN,
    "signal-2018-05-03-10-11-12-345": MILLISECONDS,
    "signal-2018-05-03-10-11-12-345-1": MILLISECONDS,
    "photo_2018-05-03_10-11-12": TEN,  # Telegram
    "photo_2018-05-03 10.11.12": TEN,
    "KakaoTalk_20180503_101112345": MILLISECONDS,
    "KakaoTalk_Photo_2018-05-03-10-11-12": TEN,
    "B612_20180503_101112_345": TEN,
    "InShot_20180503_101112345": MILLISECONDS,
    # screenshots of telephones
    "Screenshot_2018-05-03-10-11-12": TEN,
    "Screenshot_2018-05-03-10-11-12-345_com.android.chrome": MILLISECONDS,
    "Screenshot_20180503-101112": TEN,
    "Screenshot_20180503-101112_Chrome": TEN,
    "Screenshot_20180503_101112_Gallery": TEN,
    # Windows, GNOME, KDE, other programs
    "Screenshot 2018-05-03 101112": TEN,
    "スクリーンショット 2018-05-03 101112": TEN,
    "Screenshot from 2018-05-03 10-11-12": TEN,
    "Bildschirmfoto vom 2018-05-03 10-11-12": TEN,
    "Capture d’écran du 2018-05-03 10-11-12": TEN,
    "Captura de pantalla de 2018-05-03 10-11-12": TEN,
    "Schermata del 2018-05-03 10-11-12": TEN,
    "CleanShot 2018-05-03 at 10.11.12@2x": TEN,
    # macOS
    "Screen Shot 2018-05-03 at 10.11.12": TEN,
    "Screen Shot 2018-05-03 at 10.11.12 AM": TEN,
    "Screenshot 2018-05-03 at 10.11.12\u202fPM": EVENING,  # the blank of macOS 13 and later
    "Screenshot 2018-05-03 at 12.11.12 AM": "2018-05-03 00:11:12",
    "Screenshot 2018-05-03 at 12.11.12 PM": "2018-05-03 12:11:12",
    "Bildschirmfoto 2018-05-03 um 10.11.12": TEN,
    "Captura de pantalla 2018-05-03 a las 10.11.12": TEN,
    "Captura de pantalla 2018-05-03 a la(s) 10.11.12 a.m.": TEN,
    "Captura de pantalla 2018-05-03 a la(s) 10.11.12 p.\u00a0m.": EVENING,
    "Capture d’écran 2018-05-03 à 10.11.12": TEN,
    "Capture d\u2019e\u0301cran 2018-05-03 a\u0300 10.11.12": TEN,  # decomposed, as HFS+ stores it
    "Schermata 2018-05-03 alle 10.11.12": TEN,
    "Schermafbeelding 2018-05-03 om 10.11.12": TEN,
    "Captura de Tela 2018-05-03 às 10.11.12": TEN,
    "Captura de ecrã 2018-05-03, às 10.11.12": TEN,
    "Skärmavbild 2018-05-03 kl. 10.11.12": TEN,
    "Skjermbilde 2018-05-03 kl. 10.11.12": TEN,
    "Skærmbillede 2018-05-03 kl. 10.11.12": TEN,
    "Näyttökuva 2018-5-3 kello 10.11.12": TEN,
    "Zrzut ekranu 2018-05-3 o 10.11.12": TEN,
    "Snímek obrazovky 2018-05-03 v 10.11.12": TEN,
    "Képernyőfotó 2018-05-03 - 10.11.12": TEN,
    "Captură de ecran din 2018-05-03 la 10.11.12": TEN,
    "Снимок экрана 2018-05-03 в 10.11.12": TEN,
    "Знімок екрана 2018-05-03 о 10.11.12": TEN,
    "Στιγμιότυπο οθόνης 2018-05-03, 10.11.12 μ.μ.": EVENING,
    "Ekran Resmi 2018-05-03 ÖS 10.11.12": EVENING,
    "Ekran Resmi 2018-05-03 10.11.12": TEN,
    "スクリーンショット 2018-05-03 10.11.12": TEN,
    "スクリーンショット 2018-05-03 午後10.11.12": EVENING,
    "屏幕快照 2018-05-03 上午10.11.12": TEN,
    "截屏2018-05-03 下午10.11.12": EVENING,
    "螢幕快照 2018-05-03 下午10.11.12": EVENING,
    "스크린샷 2018-05-03 오후 10.11.12": EVENING,
    "צילום מסך 2018-05-03 ב-10.11.12": TEN,
    "لقطة شاشة ٢٠١٨-٠٥-٠٣ في ١٠.١١.١٢ م": EVENING,
    "Ảnh Màn hình 2018-05-03 lúc 10.11.12": TEN,
    "Cuplikan Layar 2018-05-03 pukul 10.11.12": TEN,
    "ภาพถ่ายหน้าจอ 2561-05-03 เวลา 10.11.12": TEN,  # the Buddhist era
}


@pytest.mark.parametrize("name", NAMES)
def test_names_with_a_time(name: str) -> None:
    """Names with date and time give the wall clock of the telephone or computer."""
    assert name_date(name) == Stamp("file name", datetime.fromisoformat(NAMES[name]))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("PXL_20210101_123456789", "2021-01-01 12:34:56.789000"),
        ("PXL_20210101_123456789.MP~2", "2021-01-01 12:34:56.789000"),
        ("PXL_20210101_123456789.PORTRAIT-01.COVER", "2021-01-01 12:34:56.789000"),
        ("Skype_Picture_2018_05_03T10_11_12_345Z", MILLISECONDS),
        ("FB_IMG_1525342272345", MILLISECONDS),
        ("mmexport1525342272345", MILLISECONDS),
        ("mmexport1525342272345(1)", MILLISECONDS),
        ("wx_camera_1525342272345", MILLISECONDS),
    ],
)
def test_names_in_utc(name: str, wanted: str) -> None:
    """Google's camera, Skype, Facebook and WeChat name a photo by UTC."""
    assert name_date(name) == Stamp("file name", datetime.fromisoformat(wanted), in_utc=True)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("IMG-20180503-WA0001", "2018-05-03"),
        ("IMG-20180503-WA0001(1)", "2018-05-03"),
        ("Photo 2018-05-03", "2018-05-03"),
        ("WP_20180503_001", "2018-05-03"),
        ("Scan_20180503", "2018-05-03"),
        ("20180503", "2018-05-03"),
        ("2018-05-03 (2)", "2018-05-03"),
        ("2018年5月3日", "2018-05-03"),
        ("1962-07-14 Wedding", "1962-07-14"),
        ("IMG_20180503_991112", "2018-05-03"),
        ("IMG_20180503_0001", "2018-05-03"),
        ("Skärmavbild 2018-05-03 kl. 10.11 3 (1)", "2018-05-03"),
    ],
)
def test_names_with_a_day_alone(name: str, wanted: str) -> None:
    """A day and a running number; a number that is no time is none."""
    assert name_date(name) == Stamp("file name", datetime.fromisoformat(wanted), day_only=True)


@pytest.mark.parametrize(
    "name",
    [
        "", "IMG_1234", "DSC_0001", "DSCN0042", "100_2018", "P1010042", "_MG_2018",
        "20180230_101112", "2018-02-30 10.11.12", "2018-13-01", "0000-00-00", "20181301",
        "12345678_1234567890123456_1234567890123456789_n",  # Facebook
        "20180503_1234567890123456_1234567890123456789_n",
        "a3f20180503bc", "1520180503_1", "201805031", "4006381333931", "1525342272345",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479", "19620714_Wedding", "Screenshot (12)",
        "received_10155123456789012", "1920-1080", "1920x1080_20", "192.168.1.10",
    ],
)  # fmt: skip
def test_names_without_a_date(name: str) -> None:
    """Running numbers, serial numbers, sizes and days that no calendar has are no dates."""
    assert name_date(name) is None


@given(st.text(max_size=80) | st.text("0123456789-_. :TZ年月日ampm", max_size=80))
def test_any_name_gives_a_date_or_none(name: str) -> None:
    """Law: no name raises."""
    stamp = name_date(name)
    assert stamp is None or stamp.source == "file name"


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)),
    form=st.sampled_from(
        ["IMG_{0:%Y%m%d_%H%M%S}", "{0:%Y-%m-%d %H.%M.%S}", "Screenshot_{0:%Y-%m-%d-%H-%M-%S}",
         "signal-{0:%Y-%m-%d-%H%M%S}", "Screenshot {0:%Y-%m-%d} at {0:%I.%M.%S %p}",
         "スクリーンショット {0:%Y-%m-%d %H.%M.%S}"]
    ),
)  # fmt: skip
def test_every_moment_is_read_back(moment: datetime, form: str) -> None:
    """Law: any moment, written as a program would, is the moment that is read."""
    stamp = name_date(form.format(moment))
    assert stamp is not None
    assert stamp.local == moment.replace(microsecond=0)
