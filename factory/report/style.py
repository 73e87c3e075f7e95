"""The page's style sheet and its few lines of script. Both are constants: no data enters them."""

from __future__ import annotations

STYLE = """
:root{
 color-scheme:light dark;
 --paper:#fbfaf7;--card:#fff;--ink:#1d2127;--soft:#5a626d;--line:#e2dfd7;--tint:#f3f1eb;
 --c1:#2f66b5;--c2:#c2581a;--c3:#4f7f78;--c4:#7a5aa8;--c5:#a8476b;--c6:#7d7a2c;
 --good:#23795f;--fair:#b7791a;--bad:#b9413a;--odd:#7a5aa8;--none:#a3a7ac;
 --good-bg:#dcefe6;--fair-bg:#f8e9c9;--bad-bg:#f8dcd8;--odd-bg:#e8def4;
 --user:#e8eef8;--tool:#f3f1eb;--link:#1f57a8;
 --sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",
  Arial,sans-serif;
 --serif:"Iowan Old Style","Charter","Source Serif 4","Palatino Linotype",Georgia,
  "Liberation Serif",serif;
 --mono:ui-monospace,"SF Mono","Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace;
}
@media (prefers-color-scheme:dark){:root{
 --paper:#14171b;--card:#1b1f25;--ink:#e6e4de;--soft:#a0a7b1;--line:#2e343c;--tint:#22272e;
 --c1:#7aa7ea;--c2:#e8935a;--c3:#7fb8ae;--c4:#b698e0;--c5:#e08aa9;--c6:#c2bd62;
 --good:#5fbf9b;--fair:#dfae55;--bad:#ec8378;--odd:#b698e0;--none:#666d76;
 --good-bg:#17382d;--fair-bg:#40320f;--bad-bg:#452320;--odd-bg:#33264a;
 --user:#202c3f;--tool:#22272e;--link:#8db6f2;
}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:4rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 var(--sans);
 overflow-wrap:break-word}
main,body>header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
body>header{padding-top:48px}
h1,h2,h3,h4{line-height:1.2;margin:0;text-wrap:balance}
h1{font:600 clamp(2rem,5vw,3rem)/1.1 var(--serif);letter-spacing:-.015em}
h2{font:600 1.75rem/1.2 var(--serif);letter-spacing:-.01em}
h3{font-size:1.05rem;font-weight:650}
main>section>h3{margin:36px 0 14px}
h4{font-size:.8rem;font-weight:650;color:var(--soft);margin:16px 0 6px}
h4::first-letter{text-transform:uppercase}
a{color:var(--link);text-underline-offset:2px}
code,pre{font-family:var(--mono);font-size:.86em}
small{font-size:.8rem;color:var(--soft)}
.kicker{margin:0 0 8px;color:var(--soft);font-size:.9rem}
.identity{display:flex;flex-wrap:wrap;gap:6px 32px;margin:16px 0 0;font-size:.9rem}
.identity dt{color:var(--soft);font-size:.8rem}
.identity dd{margin:0;font-family:var(--mono);font-size:.82rem;overflow-wrap:anywhere}
nav{position:sticky;top:0;z-index:2;margin:28px 0 0;background:var(--paper);
 border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:22px;max-width:1180px;margin:0 auto;padding:0 24px;list-style:none;
 overflow-x:auto;scrollbar-width:none}
nav a{display:block;padding:12px 0;color:var(--soft);text-decoration:none;font-size:.9rem;
 white-space:nowrap}
nav a:hover{color:var(--ink)}
.headline{display:grid;grid-template-columns:repeat(4,1fr);gap:26px 28px;
 margin:36px 0 10px}
.headline div{border-top:2px solid var(--ink);padding-top:10px}
.headline b{display:block;font:600 2rem/1.1 var(--serif);font-variant-numeric:lining-nums}
.headline span{display:block;margin-top:2px;font-size:.92rem}
.headline small{display:block}
section{padding:52px 0 0}
.lead{max-width:68ch;margin:8px 0 20px;color:var(--soft)}
.fine{color:var(--soft);font-size:.84rem;margin:8px 0 16px}
.absent{color:var(--soft);background:var(--tint);border-radius:8px;padding:14px 16px;margin:12px 0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:18px;
 margin:18px 0}
figure{margin:0;padding:16px 16px 12px;background:var(--card);border:1px solid var(--line);
 border-radius:10px;min-width:0}
.grid.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,430px),1fr))}
figcaption{margin-bottom:12px}
figcaption p{margin:3px 0 0;color:var(--soft);font-size:.82rem;line-height:1.4}
figure svg{display:block;width:100%;height:auto;max-width:420px}
figure svg.wide{max-width:640px}
svg text{font:11.5px var(--sans);fill:var(--ink)}
svg .tick,svg .axis{fill:var(--soft);font-size:10.5px}
svg .value{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .grid{stroke:var(--line);stroke-width:1}
svg .rule{stroke:var(--bad);stroke-width:1.2;stroke-dasharray:4 4}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg .faint{opacity:.5;stroke-width:1.2}
svg .span{stroke-width:3;stroke-linecap:round;opacity:.38}
svg .hover{fill:transparent}
svg .hover:hover{fill:var(--c1);opacity:.4}
.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}
.c5{fill:var(--c5)}.c6{fill:var(--c6)}
.good{fill:var(--good)}.fair{fill:var(--fair)}.bad{fill:var(--bad)}.odd{fill:var(--odd)}
.none{fill:var(--none)}
svg .line.c1,svg .span.c1{stroke:var(--c1)}svg .line.c2,svg .span.c2{stroke:var(--c2)}
svg .line.c3,svg .span.c3{stroke:var(--c3)}svg .line.c4,svg .span.c4{stroke:var(--c4)}
svg rect:hover{opacity:.75}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:10px 0 2px;padding:0;
 font-size:.8rem;color:var(--soft)}
.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px;
 background:var(--none)}
.legend .c1{background:var(--c1)}.legend .c2{background:var(--c2)}.legend .c3{background:var(--c3)}
.legend .good{background:var(--good)}.legend .fair{background:var(--fair)}
.legend .bad{background:var(--bad)}.legend .odd{background:var(--odd)}
.scroll{overflow-x:auto;margin:14px 0}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th,td{padding:7px 12px;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-weight:500;font-size:.8rem;white-space:nowrap;
 border-bottom-color:var(--soft)}
.numeric td,.numeric thead th{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.numeric th:first-child,.plain th,.plain td{text-align:left}
tbody th{font-weight:500}.numeric tbody th{white-space:nowrap}
table :is(th,td):first-child{padding-left:0}
thead:has(th:only-child){display:none}
.chip{display:inline-block;padding:1px 8px;border-radius:99px;background:var(--tint);
 color:var(--ink);font-size:.76rem;line-height:1.6;white-space:nowrap;max-width:100%;
 overflow:hidden;text-overflow:ellipsis;vertical-align:middle}
.chip.good{background:var(--good-bg)}.chip.fair{background:var(--fair-bg)}
.chip.bad{background:var(--bad-bg)}.chip.odd{background:var(--odd-bg)}
.example{margin:18px 0 26px;padding:18px;background:var(--card);border:1px solid var(--line);
 border-radius:10px}
.example header strong::first-letter{text-transform:uppercase}
.example header strong{margin-right:6px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:28px}
.pair>div{min-width:0}
.text{white-space:pre-wrap;font:1rem/1.6 var(--serif);max-height:27rem;overflow:auto;
 padding-right:8px;scrollbar-width:thin}
mark{color:inherit;background:none;border-radius:3px;padding:0 2px}
mark.good{background:var(--good-bg)}mark.fair{background:var(--fair-bg);font-weight:600}
mark.bad{background:var(--bad-bg);text-decoration:line-through}
mark.odd{background:var(--odd-bg);font-weight:600}
.example>details{margin-top:12px;font-size:.9rem}
.moved{margin:14px 0 0;padding:12px 0 0;list-style:none;border-top:1px solid var(--line);
 font-size:.86rem}
.moved li{margin:3px 0}
button{font:inherit;font-size:.88rem;color:var(--ink);background:var(--card);cursor:pointer;
 border:1px solid var(--line);border-radius:8px;padding:6px 14px;margin-bottom:12px}
button:hover{border-color:var(--soft)}
summary{cursor:pointer}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.talk{border-top:1px solid var(--line)}
.talk:last-child{border-bottom:1px solid var(--line)}
.talk>summary{display:flex;flex-wrap:wrap;align-items:center;gap:6px 8px;padding:13px 4px;
 list-style:none}
.talk>summary::-webkit-details-marker{display:none}
.talk>summary:hover{background:var(--tint)}
.talk>summary::after{content:"+";color:var(--soft);width:1em;text-align:center;font-size:1.1rem}
.talk[open]>summary::after{content:"\\2013"}
.nth{color:var(--soft);width:1.6em;font-variant-numeric:tabular-nums}
.said{flex:1 1 24rem;min-width:0;font-family:var(--serif)}
.reader{display:grid;grid-template-columns:minmax(0,1fr) 320px;gap:36px;padding:10px 0 36px}
.chat{display:flex;flex-direction:column;gap:10px;min-width:0}
.msg{max-width:92%;padding:9px 14px;border-radius:12px;border:1px solid var(--line);
 background:var(--card);min-width:0;scroll-margin-top:5rem}
.msg p{margin:4px 0;white-space:pre-wrap}
.msg .who{font-size:.76rem;color:var(--soft);display:flex;flex-wrap:wrap;gap:6px;
 align-items:center;overflow-wrap:anywhere}
.msg .who a{color:inherit;text-decoration:none;font-variant-numeric:tabular-nums}
.msg details>summary{font-size:.86rem;color:var(--soft);margin-top:2px}
.msg.user{align-self:flex-end;background:var(--user);border-color:transparent}
.msg.tool{margin-left:28px;background:var(--tool);border-color:transparent}
.msg.system{background:none;border-style:dashed}
.msg.assistant.trained{border-left:4px solid var(--good)}
.msg.masked{border-left:4px solid var(--odd);background:repeating-linear-gradient(135deg,
 var(--card) 0 9px,var(--odd-bg) 9px 11px)}
.msg.faulted{box-shadow:inset 0 0 0 1.5px var(--fair)}
.msg:target{outline:3px solid var(--link);outline-offset:2px}
pre{margin:6px 0 2px;padding:8px 10px;border-radius:7px;background:var(--tint);overflow:auto;
 max-height:22rem;font-size:.8rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere}
.tool pre{background:none;padding:0}
.call{margin-top:7px;padding:8px 10px;border-radius:8px;background:var(--tint)}
.call code{font-weight:600;color:var(--c1);overflow-wrap:anywhere}
.call span{float:right;color:var(--soft);font:.7rem var(--mono);padding:3px 0 0 8px;
 overflow-wrap:anywhere}
.call pre{background:none;padding:0;margin-bottom:0}
.origins{display:flex;flex-wrap:wrap;gap:0 14px;margin:4px 0 0;padding:0;list-style:none;
 font-size:.74rem;color:var(--soft)}
.changes{margin:8px 0 2px;padding:6px 0 0;list-style:none;border-top:1px dashed var(--line);
 font-size:.8rem;overflow-wrap:anywhere}
.changes li::before{content:"\\0394  ";color:var(--c2)}
.offer{font-size:.86rem;color:var(--soft)}
.offer ul{margin:8px 0;padding-left:18px}
.offer code{color:var(--ink)}
aside{font-size:.88rem;position:sticky;top:60px;align-self:start;max-height:calc(100vh - 76px);
 overflow:auto;min-width:0;scrollbar-width:thin}
aside dl{display:grid;grid-template-columns:auto 1fr;gap:2px 14px;margin:10px 0;font-size:.82rem}
aside dt{color:var(--soft)}
aside dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.verdict{margin:0}
.verdict b{font:600 1.9rem/1 var(--serif);margin-right:8px;vertical-align:middle}
.verdict small{display:block;margin-top:4px}
.rubric{list-style:none;margin:0;padding:0}
.rubric li{display:grid;grid-template-columns:2.6em 1fr;gap:8px;padding:6px 0;
 border-top:1px solid var(--line);line-height:1.4}
.rubric b{font-variant-numeric:tabular-nums}
.rubric b.good{color:var(--good)}.rubric b.fair{color:var(--fair)}.rubric b.bad{color:var(--bad)}
.rubric small{display:block;line-height:1.4}
.rubric span{overflow-wrap:anywhere;min-width:0}
footer{color:var(--soft);font-size:.84rem;padding-top:48px;padding-bottom:64px}
@media (max-width:820px){
 main,body>header,footer{padding-left:16px;padding-right:16px}
 nav ul{padding:0 16px;gap:18px}
 body>header{padding-top:28px}
 .headline{grid-template-columns:1fr 1fr;gap:20px}
 .headline b{font-size:1.6rem}
 .pair,.reader{grid-template-columns:minmax(0,1fr);gap:16px}
 .reader aside{position:static;max-height:none;order:-1}
 .msg{max-width:100%}.msg.tool{margin-left:12px}
 .said{flex-basis:75%}
 section{padding-top:40px}
}
@media print{nav,button{display:none}.text,pre{max-height:none}}
"""

SCRIPT = """
(function(){
 var button=document.getElementById("unfold");
 var talks=document.querySelectorAll("details.talk");
 if(button){button.addEventListener("click",function(){
  var open=button.textContent==="Unfold all";
  talks.forEach(function(talk){talk.open=open});
  button.textContent=open?"Fold all":"Unfold all";
 })}
 function reveal(){
  var target=location.hash&&document.getElementById(location.hash.slice(1));
  for(var at=target;at;at=at.parentElement){if(at.tagName==="DETAILS"){at.open=true}}
  if(target){target.scrollIntoView()}
 }
 addEventListener("hashchange",reveal);
 reveal();
})();
"""
