"""Invented needs of the last months for which staff do more than move them on, with the words that they use."""

from .shapes import Need

# --- One that is several ----------------------------------------------------------------------------------------------

ENTRANCE = Need(
    category="traffic",
    title="{place}东门进出不便：路面有坑、车辆乱停、候车没处坐",
    description=(
        "我每天推着轮椅带父亲从东门进出。门里路面有几个坑，下雨看不出深浅；门外外卖车、三轮车横着停，轮椅过不去；"
        "公交站就在门口，可连个坐的地方都没有。几件事都想请你们管一管。"
    ),
    place="东门内外",
    summary="居民反映东门进出不便：路面有坑、非机动车乱停、公交站没有座椅和雨棚，老人和坐轮椅的居民出行困难。",
    answer="我们已到东门看过。路面、停车、候车归不同的单位管，准备拆成三件，各有专人负责；您在这一个页面就能看到全部进展。",
    result="",
)
# Category, title, what is to be done, user name of who does it.
ENTRANCE_PARTS = [
    (
        "facilities",
        "修补沐风苑东门内的路面",
        "东门内侧车道有三处坑洼，下雨积水看不出深浅，请修补平整，并查看排水。",
        "community",
    ),
    (
        "parking",
        "规范沐风苑东门外非机动车停放",
        "东门外的外卖车和三轮车横停，轮椅过不去，请划定停放区，留出轮椅能走的通道。",
        "liaison",
    ),
    (
        "traffic",
        "沐风苑东门外公交站增设座椅和雨棚",
        "东门外公交站没有座椅和雨棚，老人候车不便，请与公交站点的管理单位商量增设。",
        "community",
    ),
]
ROAD_MENDED = "东门内三处坑洼已补平，低处加了一个雨水口，下过一场雨后复看，没有积水。"
PARKING_MEASURED = "已和物业、沿街商户到现场量过，准备在东门北侧划 20 个车位，门口两侧留出 1.5 米通道，两周内划好。"

# --- Several that are one ---------------------------------------------------------------------------------------------

GARAGE = Need(
    category="property",
    title="{place}地下车库没有手机信号",
    description="地下车库一点手机信号都没有，扫码充电、缴费都要跑回地面。万一有人在下面摔倒，连电话都打不出去。",
    place="地下车库",
    summary="地下车库没有手机信号，扫码充电、缴费和紧急呼叫都不方便，居民希望尽快覆盖。",
    answer="已请物业联系通信运营商到车库测试，两周内拿出方案。",
    result="负一、负二层都装了信号覆盖设备，三家运营商的手机都能通话、上网。",
)
CHARGING = Need(
    category="property",
    title="{place}负二层扫码充电连不上网",
    description="车停在负二层，充电桩扫码一直转圈，试了几次都充不上。旁边车位的邻居也是这样。",
    place="地下车库负二层",
    summary="地下车库负二层没有信号，扫码充电连不上网。",
    answer="已收到，我们先到负二层看看，是充电桩的问题还是信号的问题。",
    result="",
)
CALLING = Need(
    category="property",
    title="{place}车库里电话打不出去",
    description="昨晚车在车库里打不着火，想叫救援，电话怎么也打不出去，走到出口才有信号。",
    place="地下车库",
    summary="居民在地下车库无法拨打电话。",
    answer="已收到，车库的信号正在联系测试，您说的情况一并转给运营商。",
    result="",
)
AT_HOME = Need(
    category="property",
    title="{place}高层住户家里手机信号弱",
    description="我家在 26 楼，在屋里打电话经常断，要走到阳台才行。听说车库也没有信号，请一起解决。",
    place="6 栋高层",
    summary="高层住户家中手机信号弱，通话经常中断，居民希望改善。",
    answer="已收到，车库的信号正在联系测试，我们问问运营商能不能一起看。",
    result="",
)
NOT_THE_SAME = (
    "运营商看过了：您家里信号弱和车库不是一个原因，车库要加装设备，高层要调整基站方向。"
    "所以这件单独办理，运营商会和您约时间上门测试。"
)
RATED_WELL = "现在下到车库也能接电话了，谢谢。"
RATED_OTHERWISE = "靠入口的几排好了，最里面一排车位还是扫不上码，请再测一测。"

# --- Those whose deadline is changed ----------------------------------------------------------------------------------

WATER = Need(
    category="facilities",
    title="{place}早上水龙头放出黄水",
    description="最近早上打开水龙头，头几分钟的水是黄的，要放好一会儿才清。家里有小孩，不敢用。",
    place="5 栋",
    summary="居民反映早上自来水发黄，放一会儿才变清，希望查明原因。",
    answer="已请物业查看泵房的清洗记录，并准备取水样送检。",
    result="",
)
WATER_ASKED = "哪几天、大约几点水是黄的，冷水还是热水，家里装没装过滤器。方便的话拍一张照片传上来。"
WALL = Need(
    category="facilities",
    title="{place}西侧围墙开裂、向外倾斜",
    description="西边的围墙裂了一道大口子，墙头往人行道这边歪。孩子上学天天从下面走，看着害怕。",
    place="西侧围墙",
    summary="西侧围墙开裂并向人行道倾斜，居民担心行人安全，希望尽快排险。",
    answer="已在围墙内外拉起围挡，并请房屋安全检测单位到场，结果出来之前请从北门绕行。",
    result="",
)
WALL_DAYS = 15
WALL_REASON = "检测单位要求先查清墙下的燃气管再开挖，管线图下周才能拿到。围挡一直保留，不影响安全。"

# --- Those asked about again ------------------------------------------------------------------------------------------

HANDRAIL = Need(
    category="elderly",
    title="{place}活动室门口台阶没有扶手",
    description="活动室门口有五级台阶，两边什么都没有。老人来打牌、量血压，上下都要人扶。",
    place="活动室门口",
    summary="活动室门口台阶没有扶手，老人上下不便，居民希望加装。",
    answer="已约施工人员来量尺寸，做法先请常来的老人看过再定。",
    result="台阶两侧装了双层扶手，踏步贴了防滑条，夜里有感应灯。",
)
SWING = Need(
    category="facilities",
    title="{place}儿童秋千的绳子磨断了一股",
    description="小广场的秋千，一边的绳子已经磨断一股，孩子还在上面荡，太危险了。",
    place="儿童活动区",
    summary="儿童秋千绳索磨损，居民担心孩子受伤，希望尽快更换。",
    answer="秋千当天已停用，正联系厂家更换绳索。",
    result="秋千换成了包胶链条，其他器材也逐件检查过，检查日期贴在旁边。",
)
DITCH = Need(
    category="environment",
    title="{place}楼后排水沟发臭",
    description="楼后的排水沟很久没有清了，臭味一阵一阵往屋里飘，一楼不敢开窗。",
    place="3 栋后面",
    summary="楼后排水沟长期未清，臭味影响低层住户，居民希望清掏并查明原因。",
    answer="已请物业清沟，同时查有没有污水接到雨水沟里。",
    result="排水沟清掏 60 米，改正了两处接错的阳台排水。",
    again="东头那一段又开始发臭，水也流得慢，请再来看看。",
)

# --- What offices outside are asked -----------------------------------------------------------------------------------

# Office, how it was notified, what it is asked.
DRAINAGE_ASKED = (
    "市政排水管网养护单位",
    "兰庭苑东门到 1 栋的主路雨后积水，最深到小腿。小区内的雨水井已清掏，水仍退得慢，物业怀疑与市政管网的接口偏高。",
    "请核对接口的标高和管径，告诉我们能不能改、大约什么时候改。",
)
PARK_ASKED = (
    "公园管理单位",
    "木樨苑北侧围栏外就是公园，居民希望开一扇小门，夜间上锁，业主正在议定。",
    "公园一侧能不能接一段步道？对开放时间有什么要求？",
)
PARK_ANSWERED = (
    "可以接。公园一侧离围栏 12 米有现成的碎石路，由我们改成平整步道。"
    "小门早六点到晚十点开放，夜间由小区上锁；动工前请把业主表决结果送我们备案。"
)
PARK_BY = "园务组"

# --- A department's list ----------------------------------------------------------------------------------------------

LIST_FILE = "城管巡查问题清单.xlsx"
LIST_SOURCE = "城管执法中心"
# Working days ago, category, area, title, text, place; and of what was dealt with: working days ago, reply.
LIST = [
    (
        2,
        "environment",
        "zhongyang-huayuan",
        "早餐摊收摊后地面油污",
        "巡查发现早餐摊收摊后地面油污没有冲洗，约 80 米，行人容易滑倒。请社区与摊主商定冲洗时间。",
        "社区南侧路口",
    ),
    (
        2,
        "traffic",
        "xiangzhang",
        "电动自行车占用盲道",
        "巡查发现公交站旁盲道被电动自行车占用，早晚高峰较为集中。请征求周边居民意见，另选停放点。",
        "公交站两侧",
    ),
    (
        1,
        "environment",
        "guihua",
        "沿街绿化带黄土裸露",
        "巡查发现沿街绿化带多处踩踏裸露，雨后泥水流到人行道上。请与居民商量补种，或改成小路。",
        "沿街绿化带",
    ),
    (
        12,
        "facilities",
        "yinxing",
        "公交站旁人行道地砖松动",
        "巡查发现公交站旁人行道地砖松动约 20 块，雨后积水溅人，老人容易绊倒。",
        "公交站东侧",
        7,
        "松动的地砖已全部起出重铺，共 23 块，垫层一并压实。",
    ),
]

# --- Filters of staff -------------------------------------------------------------------------------------------------

# Name, query of the demand list.
FILTERS = [
    ("部门提出、还没分派", "direction__exact=top_down&queue=unassigned"),
    ("设施维修、还没办完", "category=facilities&queue=open"),
]
