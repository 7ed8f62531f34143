"""The articles we cite. A refusal, a deadline and a rule's docstring name one of these.

The statutes are those in force in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """One provision. `cite` is how it is printed; `zh` is how a document quotes it."""

    cite: str
    zh: str

    def __str__(self) -> str:
        return self.cite


def _apl(number: str, zh: str) -> Article:
    return Article(f"APL {number}", f"《中华人民共和国行政处罚法》{zh}")


APL_17 = _apl("17", "第十七条")
APL_30 = _apl("30", "第三十条")
APL_29 = _apl("29", "第二十九条")
APL_31 = _apl("31", "第三十一条")
APL_27 = _apl("27", "第二十七条")
APL_28_1 = _apl("28(1)", "第二十八条第一款")
APL_33 = _apl("33", "第三十三条")
APL_33_2 = _apl("33(2)", "第三十三条第二款")
APL_33_3 = _apl("33(3)", "第三十三条第三款")
APL_34 = _apl("34", "第三十四条")
APL_35_2 = _apl("35(2)", "第三十五条第二款")
APL_36 = _apl("36", "第三十六条")
APL_37 = _apl("37", "第三十七条")
APL_39 = _apl("39", "第三十九条")
APL_40 = _apl("40", "第四十条")
APL_41 = _apl("41", "第四十一条")
APL_41_1 = _apl("41(1)", "第四十一条第一款")
APL_41_2 = _apl("41(2)", "第四十一条第二款")
APL_41_3 = _apl("41(3)", "第四十一条第三款")
APL_42 = _apl("42", "第四十二条")
APL_43 = _apl("43", "第四十三条")
APL_44 = _apl("44", "第四十四条")
APL_45 = _apl("45", "第四十五条")
APL_45_2 = _apl("45(2)", "第四十五条第二款")
APL_47 = _apl("47", "第四十七条")
APL_52 = _apl("52", "第五十二条")
APL_54 = _apl("54", "第五十四条")
APL_55 = _apl("55", "第五十五条")
APL_56 = _apl("56", "第五十六条")
APL_57 = _apl("57", "第五十七条")
APL_57_2 = _apl("57(2)", "第五十七条第二款")
APL_57_1_3 = _apl("57(1)(3)", "第五十七条第一款第三项")
APL_58 = _apl("58", "第五十八条")
APL_58_2 = _apl("58(2)", "第五十八条第二款")
APL_59 = _apl("59", "第五十九条")
APL_60 = _apl("60", "第六十条")
APL_61 = _apl("61", "第六十一条")
APL_61_2 = _apl("61(2)", "第六十一条第二款")
APL_63 = _apl("63", "第六十三条")
APL_64 = _apl("64", "第六十四条")
APL_64_1 = _apl("64(1)", "第六十四条第一项")
APL_64_2 = _apl("64(2)", "第六十四条第二项")
APL_64_6 = _apl("64(6)", "第六十四条第六项")
APL_65 = _apl("65", "第六十五条")
APL_66_2 = _apl("66(2)", "第六十六条第二款")
APL_67 = _apl("67", "第六十七条")
APL_72 = _apl("72", "第七十二条")
APL_73 = _apl("73", "第七十三条")
APL_48 = _apl("48", "第四十八条")
APL_48_2 = _apl("48(2)", "第四十八条第二款")
APL_74_3 = _apl("74(3)", "第七十四条第三款")
APL_75_2 = _apl("75(2)", "第七十五条第二款")
APL_85 = _apl("85", "第八十五条")


def _esl(number: str, zh: str) -> Article:
    return Article(f"ESL {number}", f"《中华人民共和国电子签名法》{zh}")


ESL_14 = _esl("14", "第十四条")


CSL_23_3 = Article("CSL 23(3)", "《中华人民共和国网络安全法》第二十三条第(三)项")


def _nj(number: str, zh: str) -> Article:
    return Article(f"NJ {number}", f"《南京市非现场执法管理暂行办法》{zh}")


NJ_2 = _nj("2", "第二条")
NJ_3 = _nj("3", "第三条")
NJ_4 = _nj("4", "第四条")
NJ_7 = _nj("7", "第七条")
NJ_8 = _nj("8", "第八条")
NJ_9 = _nj("9", "第九条")
NJ_10 = _nj("10", "第十条")
NJ_11 = _nj("11", "第十一条")
NJ_12 = _nj("12", "第十二条")
NJ_13 = _nj("13", "第十三条")
NJ_14 = _nj("14", "第十四条")
NJ_15 = _nj("15", "第十五条")
NJ_16 = _nj("16", "第十六条")
NJ_17 = _nj("17", "第十七条")
NJ_18_1 = _nj("18(1)", "第十八条第一款")
NJ_18_2 = _nj("18(2)", "第十八条第二款")
NJ_19 = _nj("19", "第十九条")
NJ_23 = _nj("23", "第二十三条")
NJ_22_2 = _nj("22(2)", "第二十二条第(二)项")
NJ_22_3 = _nj("22(3)", "第二十二条第(三)项")


def _gds(number: str, zh: str) -> Article:
    return Article(f"GDS {number}", f"《政务数据共享条例》{zh}")


GDS_3_1 = _gds("3(1)", "第三条第一款")
GDS_13_1 = _gds("13(1)", "第十三条第一款")
GDS_14_3 = _gds("14(3)", "第十四条第(三)项")
GDS_15_1 = _gds("15(1)", "第十五条第一款")
GDS_15_2 = _gds("15(2)", "第十五条第二款")
GDS_16_1 = _gds("16(1)", "第十六条第一款")
GDS_17_2 = _gds("17(2)", "第十七条第二款")
GDS_17_3 = _gds("17(3)", "第十七条第三款")
GDS_20_2 = _gds("20(2)", "第二十条第二款")
GDS_20_3 = _gds("20(3)", "第二十条第三款")
GDS_21_1 = _gds("21(1)", "第二十一条第一款")
GDS_20 = _gds("20", "第二十条")
GDS_21_2 = _gds("21(2)", "第二十一条第二款")
GDS_22_1 = _gds("22(1)", "第二十二条第一款")
GDS_22_2 = _gds("22(2)", "第二十二条第二款")
GDS_25 = _gds("25", "第二十五条")
GDS_25_1 = _gds("25(1)", "第二十五条第一款")
GDS_26 = _gds("26", "第二十六条")
GDS_32 = _gds("32", "第三十二条")
GDS_34 = _gds("34", "第三十四条")
GDS_35_2 = _gds("35(2)", "第三十五条第二款")
GDS_27_1 = _gds("27(1)", "第二十七条第一款")
GDS_27_2 = _gds("27(2)", "第二十七条第二款")
GDS_28_2 = _gds("28(2)", "第二十八条第二款")


def _aes(number: str, zh: str) -> Article:
    return Article(f"AES {number}", f"《行政执法监督条例》{zh}")


AES_2 = _aes("2", "第二条")
AES_22_1 = _aes("22(1)", "第二十二条第(一)项")
AES_26 = _aes("26", "第二十六条")
AES_27_2 = _aes("27(2)", "第二十七条第二款")
AES_32 = _aes("32", "第三十二条")
AES_33_1 = _aes("33(1)", "第三十三条第一款")
AES_37 = _aes("37", "第三十七条")


def _crim(number: str, zh: str) -> Article:
    return Article(f"CrimT {number}", f"《行政执法机关移送涉嫌犯罪案件的规定》{zh}")


CRIMT_5 = _crim("5", "第五条")
CRIMT_6 = _crim("6", "第六条")
CRIMT_7 = _crim("7", "第七条")
CRIMT_8 = _crim("8", "第八条")
CRIMT_9 = _crim("9", "第九条")
CRIMT_11 = _crim("11", "第十一条")
CRIMT_12 = _crim("12", "第十二条")
CRIMT_13 = _crim("13", "第十三条")


def _pj(number: str, zh: str) -> Article:
    return Article(f"PJ §{number}", f"兴司发〔2024〕17号{zh}")


PJ_1 = _pj("1", "第一部分")
PJ_2 = _pj("2", "第二部分")
PJ_2_1 = _pj("2.1", "第二部分第1项")
PJ_2_2 = _pj("2.2", "第二部分第2项")
PJ_2_3 = _pj("2.3", "第二部分第3项")
PJ_2_4 = _pj("2.4", "第二部分第4项")
PJ_2_5 = _pj("2.5", "第二部分第5项")
PJ_2_6 = _pj("2.6", "第二部分第6项")
PJ_2_7 = _pj("2.7", "第二部分第7项")
PJ_3_1 = _pj("3(1)", "第三部分第一款")
PJ_3_2 = _pj("3(2)", "第三部分第二款")
PJ_3_3 = _pj("3(3)", "第三部分第三款")
PJ_ANNEX_1 = _pj("A", "附件1《执法类电子技术监控设备清理规范情况汇报表》")

EMR_16 = Article("EMR 16", "《生态环境监测条例》第十六条")
EMR_35 = Article("EMR 35", "《生态环境监测条例》第三十五条")
METROLOGY_9 = Article("Metrology 9", "《中华人民共和国计量法》第九条")
HOL_2 = Article("HOL 2", "《全国年节及纪念日放假办法》第二条")
CPL_85 = Article("CPL 85", "《中华人民共和国民事诉讼法》第八十五条")
CPL_87 = Article("CPL 87", "《中华人民共和国民事诉讼法》第八十七条")
CPL_88 = Article("CPL 88", "《中华人民共和国民事诉讼法》第八十八条")
CPL_89 = Article("CPL 89", "《中华人民共和国民事诉讼法》第八十九条")
CPL_90 = Article("CPL 90", "《中华人民共和国民事诉讼法》第九十条")
CPL_91 = Article("CPL 91", "《中华人民共和国民事诉讼法》第九十一条")
CPL_92 = Article("CPL 92", "《中华人民共和国民事诉讼法》第九十二条")
CPL_93 = Article("CPL 93", "《中华人民共和国民事诉讼法》第九十三条")
CPL_94 = Article("CPL 94", "《中华人民共和国民事诉讼法》第九十四条")
CPL_95 = Article("CPL 95", "《中华人民共和国民事诉讼法》第九十五条")
CITY_DUTIES = Article("set_by: profile", "本市配置的职责分离要求")
CITY_PERIOD = Article("set_by: profile", "本市配置的内部期限")
"""A period that no article names and the city set for itself: no document prints it as law."""
AEL_35 = Article("AEL 35", "《中华人民共和国行政强制法》第三十五条")
AEL_36 = Article("AEL 36", "《中华人民共和国行政强制法》第三十六条")
AEL_39 = Article("AEL 39", "《中华人民共和国行政强制法》第三十九条")
AEL_40 = Article("AEL 40", "《中华人民共和国行政强制法》第四十条")
AEL_53 = Article("AEL 53", "《中华人民共和国行政强制法》第五十三条")
AEL_54 = Article("AEL 54", "《中华人民共和国行政强制法》第五十四条")
AEL_55 = Article("AEL 55", "《中华人民共和国行政强制法》第五十五条")
AEL_56 = Article("AEL 56", "《中华人民共和国行政强制法》第五十六条")
AEL_57 = Article("AEL 57", "《中华人民共和国行政强制法》第五十七条")
AEL_58 = Article("AEL 58", "《中华人民共和国行政强制法》第五十八条")
AEL_45 = Article("AEL 45", "《中华人民共和国行政强制法》第四十五条")
AEL_69 = Article("AEL 69", "《中华人民共和国行政强制法》第六十九条")
ARR_25 = Article("ARR 25", "《中华人民共和国行政复议法实施条例》第二十五条")
ARL_63 = Article("ARL 63", "《中华人民共和国行政复议法》第六十三条")
ARL_64_2 = Article("ARL 64(2)", "《中华人民共和国行政复议法》第六十四条第二款")
ARR_38 = Article("ARR 38", "《中华人民共和国行政复议法实施条例》第三十八条")
ARR_58 = Article("ARR 58", "《中华人民共和国行政复议法实施条例》第五十八条")
ARL_20 = Article("ARL 20", "《中华人民共和国行政复议法》第二十条")
ARL_22_2 = Article("ARL 22(2)", "《中华人民共和国行政复议法》第二十二条第二款")
ARL_23_1_1 = Article("ARL 23(1)(1)", "《中华人民共和国行政复议法》第二十三条第一款第一项")
ARL_32 = Article("ARL 32", "《中华人民共和国行政复议法》第三十二条")
ARL_42 = Article("ARL 42", "《中华人民共和国行政复议法》第四十二条")
ARL_48 = Article("ARL 48", "《中华人民共和国行政复议法》第四十八条")
ARL_54 = Article("ARL 54", "《中华人民共和国行政复议法》第五十四条")
ARL_70 = Article("ARL 70", "《中华人民共和国行政复议法》第七十条")
ARL_88 = Article("ARL 88", "《中华人民共和国行政复议法》第八十八条")
ALL_45 = Article("ALL 45", "《中华人民共和国行政诉讼法》第四十五条")
ALL_46 = Article("ALL 46", "《中华人民共和国行政诉讼法》第四十六条")
CC_985 = Article("CC 985", "《中华人民共和国民法典》第九百八十五条")
SCL_36_1 = Article("SCL 36(1)", "《中华人民共和国国家赔偿法》第三十六条第一项")
SCL_36_7 = Article("SCL 36(7)", "《中华人民共和国国家赔偿法》第三十六条第七项")
ALL_67 = Article("ALL 67", "《中华人民共和国行政诉讼法》第六十七条")
RTP_56 = Article("RTP 56", "《道路交通安全违法行为处理程序规定》第五十六条")
RTP_81 = Article("RTP 81", "《道路交通安全违法行为处理程序规定》第八十一条")
ECO_1053_1057 = Article("ECO 1053–1057", "《中华人民共和国生态环境法典》第一千零五十三条至第一千零五十七条")
EVR_60 = Article("EvR 60(1)", "《最高人民法院关于行政诉讼证据若干问题的规定》第六十条第(一)项")
OLR_16 = Article("OLR 16", "《人民法院在线诉讼规则》第十六条")
OLR_17 = Article("OLR 17", "《人民法院在线诉讼规则》第十七条")
PD_4 = Article("PD 4", "《上海市浦东新区城市管理领域非现场执法规定》第四条")
PD_7 = Article("PD 7", "《上海市浦东新区城市管理领域非现场执法规定》第七条")
VSR_8 = Article("VSR 8", "《公共安全视频图像信息系统管理条例》第八条")
VSR_17 = Article("VSR 17", "《公共安全视频图像信息系统管理条例》第十七条")
PIPL_6 = Article("PIPL 6", "《中华人民共和国个人信息保护法》第六条")
NDR_12 = Article("NDR 12", "《网络数据安全管理条例》第十二条")
PIPL_18 = Article("PIPL 18", "《中华人民共和国个人信息保护法》第十八条")
PIPL_19 = Article("PIPL 19", "《中华人民共和国个人信息保护法》第十九条")
PIPL_26 = Article("PIPL 26", "《中华人民共和国个人信息保护法》第二十六条")
PIPL_35 = Article("PIPL 35", "《中华人民共和国个人信息保护法》第三十五条")
PIPL_44 = Article("PIPL 44", "《中华人民共和国个人信息保护法》第四十四条")
PIPL_45 = Article("PIPL 45", "《中华人民共和国个人信息保护法》第四十五条")
PIPL_46 = Article("PIPL 46", "《中华人民共和国个人信息保护法》第四十六条")
PIPL_50 = Article("PIPL 50", "《中华人民共和国个人信息保护法》第五十条")
PIPL_51 = Article("PIPL 51", "《中华人民共和国个人信息保护法》第五十一条")
PIPL_47 = Article("PIPL 47", "《中华人民共和国个人信息保护法》第四十七条")
PSP_136 = Article("PSP 136", "《中华人民共和国治安管理处罚法》第一百三十六条")
MLPS_SIGN_IN = Article(
    "GB/T 22239-2019 8.1.4.1", "GB/T 22239-2019《信息安全技术 网络安全等级保护基本要求》8.1.4.1 身份鉴别"
)
MLPS_ACCESS = Article(
    "GB/T 22239-2019 8.1.4.2", "GB/T 22239-2019《信息安全技术 网络安全等级保护基本要求》8.1.4.2 访问控制"
)


def cited(cite: str) -> Article:
    """The article that is printed as `cite`. Raises KeyError if there is none here."""
    return _BY_CITATION[cite]


_BY_CITATION = {article.cite: article for article in list(globals().values()) if isinstance(article, Article)}
